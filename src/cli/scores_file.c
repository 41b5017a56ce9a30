#include "cli/scores_file.h"

#include "base/hash.h"
#include "formats/safetensors.h"
#include "formats/safetensors_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT  "likely_scores"
#define VERSION "1"

enum { NLL, NBYTES, END_NLL, DOCUMENT, TENSORS };

/* The tensors of so many tokens and documents. */
static void describe(lk_tensor tensors[TENSORS], size_t tokens, size_t documents)
{
	tensors[NLL] = (lk_tensor){ "nll", LK_F64, 1, { tokens }, NULL };
	tensors[NBYTES] = (lk_tensor){ "nbytes", LK_U32, 1, { tokens }, NULL };
	tensors[END_NLL] = (lk_tensor){ "end_nll", LK_F64, 1, { documents }, NULL };
	tensors[DOCUMENT] = (lk_tensor){ "document", LK_U64, 1, { documents }, NULL };
}

static json_t *metadata(const lk_policy *policy, const char *model, const char *hash)
{
	char context[24], stride[24];

	snprintf(context, sizeof context, "%zu", policy->context);
	snprintf(stride, sizeof stride, "%zu", policy->stride);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", FORMAT, VERSION, "model", model,
			"context", context, "stride", stride, "text_hash", hash);
}

lk_status lk_scores_write(const char *path, const lk_costs *costs,
		const lk_policy *policy, const char *model, const char *text_hash,
		const uint64_t *document, lk_error *error)
{
	lk_tensor tensors[TENSORS];
	json_t *notes = metadata(policy, model, text_hash);
	lk_status status;

	describe(tensors, costs->tokens, costs->documents);
	tensors[NLL].data = costs->nll;
	tensors[NBYTES].data = costs->nbytes;
	tensors[END_NLL].data = costs->end_nll;
	tensors[DOCUMENT].data = (uint64_t *)(uintptr_t)document;
	status = notes ? lk_safetensors_write(path, tensors, TENSORS, notes, NULL, NULL,
					 NULL, error)
		       : lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	json_decref(notes);
	return status;
}

/* Number of the tensor `want` describes, which must be there in that dtype, with
 * one dimension. */
static lk_status find(size_t *index, const lk_safetensors *file, const lk_tensor *want,
		lk_error *error)
{
	size_t count;
	const lk_tensor *tensor = lk_safetensors_tensors(file, &count);

	*index = lk_safetensors_find(file, want->name);
	if (*index == SIZE_MAX || tensor[*index].rank != 1 ||
			tensor[*index].dtype != want->dtype)
		return lk_fail(error, LK_FORMAT,
				"%s: has no tensor '%s' as saved scores have it",
				lk_safetensors_path(file), want->name);
	return LK_OK;
}

static size_t length_of(const lk_safetensors *file, size_t index)
{
	size_t count;

	return lk_safetensors_tensors(file, &count)[index].shape[0];
}

static size_t number(const lk_safetensors *file, const char *name)
{
	const char *text = lk_safetensors_metadata(file, name);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* Are these the scores of this text? */
static lk_status check_text(const lk_safetensors *file, const size_t index[TENSORS],
		const lk_text *text, lk_error *error)
{
	const char *path = lk_safetensors_path(file);
	const char *hash = lk_safetensors_metadata(file, "text_hash");
	size_t documents = text->documents.count;
	char here[33];

	lk_hash128_text(here, text->data, text->nbytes);
	if (!hash || strcmp(hash, here) != 0)
		return lk_fail(error, LK_RANGE,
				"%s: these are scores of other bytes than the text "
				"here; "
				"score the model on this text again",
				path);
	if (length_of(file, index[DOCUMENT]) != documents ||
			length_of(file, index[END_NLL]) != documents)
		return lk_fail(error, LK_RANGE,
				"%s: the text was scored as %zu documents, here it is "
				"%zu; divide it in the same way",
				path, length_of(file, index[DOCUMENT]), documents);
	uint64_t *length = malloc(documents * sizeof *length);
	if (!length)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	lk_status status = lk_safetensors_read(
			file, index[DOCUMENT], 0, documents, LK_U64, length, error);
	for (size_t i = 0; i < documents && !status; i++)
		if (length[i] != text->documents.document[i].nbytes)
			status = lk_fail(error, LK_RANGE,
					"%s: document %zu of the scored text has "
					"%" PRIu64 " bytes, here it has %zu; divide it "
					"in the same "
					"way",
					path, i + 1, length[i],
					text->documents.document[i].nbytes);
	free(length);
	return status;
}

/* The tokens of each document must cover it; no cost is below 0 or NaN. */
static lk_status check_costs(const lk_costs *costs, const char *path,
		const lk_text *text, lk_error *error)
{
	uint64_t at = 0;
	size_t document = 0;

	for (size_t i = 0; i < costs->tokens; i++) {
		while (document < costs->documents && at == text->start[document + 1])
			document++;
		at += costs->nbytes[i];
		if (document == costs->documents || at > text->start[document + 1])
			return lk_fail(error, LK_FORMAT,
					"%s: its tokens do not cover the text", path);
		if (!(costs->nll[i] > -1e-3)) /* rounding */
			return lk_fail(error, LK_FORMAT,
					"%s: the cost of token %zu is %g, below 0 or "
					"no "
					"number",
					path, i, costs->nll[i]);
	}
	return at == text->nbytes
			       ? LK_OK
			       : lk_fail(error, LK_FORMAT,
						 "%s: its tokens do not cover the text",
						 path);
}

static lk_status read_file(lk_costs *costs, lk_policy *policy, char **model,
		const lk_safetensors *file, const lk_text *text, lk_error *error)
{
	const char *path = lk_safetensors_path(file);
	const char *version = lk_safetensors_metadata(file, FORMAT);
	const char *name = lk_safetensors_metadata(file, "model");
	lk_tensor tensors[TENSORS];
	size_t index[TENSORS];
	lk_status status = LK_OK;

	if (!version || strcmp(version, VERSION) != 0)
		return lk_fail(error, LK_FORMAT,
				"%s: holds no scores that likely score has saved",
				path);
	describe(tensors, 0, 0);
	for (size_t i = 0; i < TENSORS && !status; i++)
		status = find(&index[i], file, &tensors[i], error);
	if (!status)
		status = check_text(file, index, text, error);
	if (!status && length_of(file, index[NLL]) != length_of(file, index[NBYTES]))
		status = lk_fail(error, LK_FORMAT,
				"%s: nll and nbytes differ in length", path);
	if (status)
		return status;
	size_t tokens = length_of(file, index[NLL]);
	status = lk_costs_new(costs, tokens, text->documents.count, error);
	if (!status)
		status = lk_safetensors_read(
				file, index[NLL], 0, tokens, LK_F64, costs->nll, error);
	if (!status)
		status = lk_safetensors_read(file, index[NBYTES], 0, tokens, LK_U32,
				costs->nbytes, error);
	if (!status)
		status = lk_safetensors_read(file, index[END_NLL], 0, costs->documents,
				LK_F64, costs->end_nll, error);
	if (!status)
		status = check_costs(costs, path, text, error);
	*policy = (lk_policy){ number(file, "context"), number(file, "stride") };
	*model = strdup(name ? name : path);
	return status || *model ? status
				: lk_fail(error, LK_NOMEM, "%s: out of memory", path);
}

lk_status lk_scores_read(lk_costs *costs, lk_policy *policy, char **model,
		const char *path, const lk_text *text, lk_error *error)
{
	lk_safetensors *file;
	lk_error why;
	lk_status status = lk_safetensors_open(&file, path, &why);

	if (status == LK_FORMAT)
		return lk_fail(error, status,
				"%s: is neither a model nor scores that likely score "
				"has "
				"saved",
				path);
	if (status)
		return lk_fail(error, status, "%s", why.text);
	status = read_file(costs, policy, model, file, text, error);
	lk_safetensors_close(file);
	return status;
}
