#include "cli/coding.h"

#include "base/clock.h"
#include "base/directory.h"
#include "base/hash.h"
#include "cli/command.h"
#include "formats/config_json.h"
#include "formats/json.h"
#include "formats/ngram_directory.h"
#include "report/terminal.h"
#include "train/numeric_path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Streams' keys and values take no more than this. */
#define CACHE_BYTES_MOST (UINT64_C(1) << 30)

/* The configuration in words: of an n-gram model they include a checksum of its
 * numbers. */
static lk_status describe(json_t **config, const lk_loaded *loaded, lk_error *error)
{
	return loaded->ngram ? lk_ngram_directory_config(
					       config, loaded->directory, error)
			     : lk_config_to_json(config,
					       lk_model_get_config(loaded->model),
					       LK_F32, loaded->tokenizer->end, error);
}

static void add_tensors(lk_hasher *hasher, const lk_model *model)
{
	size_t count;
	const lk_tensor *tensor = lk_model_parameters(model, &count);

	for (size_t i = 0; i < count; i++) {
		lk_hasher_add(hasher, tensor[i].name, strlen(tensor[i].name) + 1);
		lk_hasher_add(hasher, tensor[i].data, lk_tensor_nbytes(&tensor[i]));
	}
}

/* Two hexadecimal digits to a byte. */
static void from_digits(unsigned char *hash, const char *digits)
{
	for (size_t i = 0; i < LK_COMPRESSED_HASH; i++) {
		unsigned byte = 0;

		sscanf(digits + 2 * i, "%2x", &byte);
		hash[i] = (unsigned char)byte;
	}
}

static lk_status hash_model(lk_coding *coding, lk_error *error)
{
	char digits[33], *line = NULL;
	json_t *config = NULL;
	lk_hasher *hasher = lk_hasher_new();
	lk_status status = describe(&config, &coding->loaded, error);

	if (!status)
		line = lk_json_line(config);
	json_decref(config);
	if (!status && (!line || !hasher))
		status = lk_fail(error, LK_NOMEM, "out of memory for a hash");
	if (!status) {
		lk_hasher_add(hasher, line, strlen(line));
		if (coding->loaded.model)
			add_tensors(hasher, coding->loaded.model);
		lk_tokenizer_hash(coding->loaded.tokenizer, digits);
		lk_hasher_add(hasher, digits, sizeof digits);
		lk_hasher_text(hasher, digits);
		from_digits(coding->model, digits);
	}
	free(line);
	lk_hasher_free(hasher);
	return status;
}

lk_status lk_coding_open(lk_coding *coding, const char *argument, const char *tokenizer,
		const lk_common_options *common, lk_error *error)
{
	lk_isa isa;
	lk_status status = lk_isa_choose(&isa, error);

	*coding = (lk_coding){ .common = common };
	if (!status)
		status = lk_load(&coding->loaded, argument, tokenizer, common->quiet,
				error);
	if (!status)
		status = hash_model(coding, error);
	if (!status) /* which takes the weights from where they are hashed */
		status = lk_loaded_freeze(&coding->loaded, LK_WEIGHTS_FULL,
				lk_common_threads(common), error);
	if (!status)
		status = lk_loaded_policy(&coding->policy, &coding->loaded, 0, error);
	if (!status)
		status = lk_loaded_predictor(&coding->predictor, &coding->loaded,
				&coding->policy, lk_common_threads(common), error);
	if (status)
		return status;
	lk_numeric_path(coding->path, sizeof coding->path, isa);
	if (!common->quiet && lk_terminal_is_live(stderr))
		status = lk_progress_new(&coding->progress, stderr, error);
	return status;
}

void lk_coding_close(lk_coding *coding)
{
	lk_progress_free(coding->progress);
	lk_predictor_free(coding->predictor);
	lk_loaded_free(&coding->loaded);
}

size_t lk_coding_streams(const lk_coding *coding, uint64_t tokens)
{
	size_t most = LK_COMPRESSED_STREAMS_MOST;

	if (coding->loaded.model) {
		const lk_model_config *c = lk_model_get_config(coding->loaded.model);
		uint64_t each = 2 * sizeof(float) * c->layers * c->context *
				c->kv_heads * c->head_size;
		most = each < CACHE_BYTES_MOST ? (size_t)(CACHE_BYTES_MOST / each) : 1;
	}
	return lk_codec_streams(tokens, most);
}

static void show(void *context, uint64_t done, uint64_t tokens)
{
	lk_coding *coding = context;
	double rate = (double)done / (lk_clock_seconds() - coding->start);
	lk_progress_state state = { .label = coding->label,
		.step = done,
		.steps = tokens,
		.loss = NAN,
		.validation = NAN,
		.tokens_per_s = rate,
		.seconds_left = (double)(tokens - done) / rate };

	if (done == tokens)
		lk_progress_hide(coding->progress);
	else
		lk_progress_show(coding->progress, &state);
}

lk_status lk_coding_begin(lk_codec *codec, uint64_t *path, lk_coding *coding,
		size_t streams, const char *label, lk_error *error)
{
	const lk_tokenizer *tokenizer = coding->loaded.tokenizer;
	lk_predictor *predictor = coding->predictor;
	uint64_t fingerprint[2];
	lk_status status;

	*codec = (lk_codec){ .vocabulary = predictor->vocabulary,
		.tokenizer = tokenizer,
		.threads = lk_common_threads(coding->common),
		.progress = coding->progress ? show : NULL,
		.context = coding };
	coding->label = label;
	coding->start = lk_clock_seconds();
	status = predictor->begin(
			predictor, &codec->session, tokenizer->end, streams, error);
	if (!status)
		status = lk_codec_probe(&fingerprint[0], codec, error);
	if (status)
		return status;
	fingerprint[1] = lk_hash64(coding->path, strlen(coding->path));
	*path = lk_hash64(fingerprint, sizeof fingerprint);
	return LK_OK;
}

void lk_coding_end(lk_codec *codec)
{
	lk_session_free(codec->session);
	codec->session = NULL;
}

lk_status lk_coding_check_out(const char *out, bool force, lk_error *error)
{
	if (!strcmp(out, "-"))
		return LK_OK;
	if (lk_path_is_directory(out))
		return lk_fail(error, LK_EXISTS, "%s: is a directory", out);
	if (!force && lk_path_exists(out))
		return lk_fail(error, LK_EXISTS,
				"%s: exists already; --force replaces it", out);
	return LK_OK;
}
