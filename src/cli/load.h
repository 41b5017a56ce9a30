/* cli/load.h
 * What commands that use a model begin with. */
#ifndef LK_CLI_LOAD_H
#define LK_CLI_LOAD_H

#include "evaluate/predictor.h"
#include "model/model.h"
#include "text/tokenizer.h"

#include <stdbool.h>

typedef struct {
	char *directory; /* of the model itself: the checkpoint, not the run */
	lk_tokenizer *tokenizer;
	lk_model *model; /* a Transformer, or NULL: */
	lk_ngram *ngram; /* an n-gram model */
} lk_loaded;

/* "byte", a directory that holds a tokenizer (tokenizer.json, or vocab.json and
 * merges.txt), or a run. */
lk_status lk_load_tokenizer(
		lk_tokenizer **tokenizer, const char *argument, lk_error *error);

/* The model that `argument` means (cli/command.h), whatever its kind, for this
 * processor, and its tokenizer: the directory's own, or, where `tokenizer` is not
 * NULL, the one that it means: "byte", or a directory that holds a
 * tokenizer.json. quiet: say nothing. Free with lk_loaded_free, also after a
 * failure. */
lk_status lk_load(lk_loaded *loaded, const char *argument, const char *tokenizer,
		bool quiet, lk_error *error);

/* The same, but only a Transformer will do: `what`, "--from" say, wants one. */
lk_status lk_load_transformer(lk_loaded *loaded, const char *argument,
		const char *tokenizer, bool quiet, const char *what, lk_error *error);
void lk_loaded_free(lk_loaded *loaded);

/* What a token is predicted from: at most `context` tokens before it, and, past
 * the beginning of its document, at least context - stride. stride 0 is that of a
 * model without windows, whose every token has all its context. */
typedef struct {
	size_t context, stride;
} lk_policy;

/* The policy of a model. An n-gram model has one alone: all the context that it
 * knows, for every token. stride is what the user asked for: 0 is half the
 * context; one beyond the context is refused. */
lk_status lk_loaded_policy(lk_policy *policy, const lk_loaded *loaded, size_t stride,
		lk_error *error);

/* Put the model's matrices into the order in which they are read, in 8 bits where
 * `weights` says so (lk_model_freeze). It is neither trained nor saved after that.
 * LK_UNSUPPORTED where 8 bits are asked of an n-gram model. Before
 * lk_loaded_predictor. */
lk_status lk_loaded_freeze(const lk_loaded *loaded, lk_weights weights, int threads,
		lk_error *error);

/* The option of commands that only read a model: a field `quantize`, lk_weights. */
extern const char *const lk_quantize_choices[];
#define LK_QUANTIZE_HELP                                                             \
	"keep the weights of matrices in 8 bits, in blocks of 32 with a scale (q8): a " \
	"quarter of the memory, faster, a little less accurate"
#define LK_ROW_QUANTIZE(type) \
	LK_ROW_CHOICE(type, quantize, "quantize", lk_quantize_choices, LK_QUANTIZE_HELP)

/* The model as those see it who judge it. It must outlive its predictor, and
 * memory for evaluating it is taken here. */
lk_status lk_loaded_predictor(lk_predictor **predictor, const lk_loaded *loaded,
		const lk_policy *policy, int threads, lk_error *error);

#endif
