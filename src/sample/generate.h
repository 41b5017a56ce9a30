/* sample/generate.h
 * Continue a prompt, several times at once, handing out text as it comes.
 *
 * The context begins with the end of text, then the prompt. When a Transformer's
 * context is full, the newer half of it is kept and read again from position 0
 * (so that learned positions stay in range and the rotary ones in the range
 * that was trained), and generation goes on; a prompt longer than the context
 * keeps its end. A stream stops after its number of tokens, or when the model
 * says that the text ends. The repetition penalty sees the prompt and what the
 * stream has produced. */
#ifndef LK_SAMPLE_GENERATE_H
#define LK_SAMPLE_GENERATE_H

#include "model/model.h"
#include "sample/sampler.h"
#include "sample/source.h"
#include "text/tokenizer.h"

#include <stdbool.h>

typedef struct {
	size_t streams;  /* samples, at least 1 */
	size_t tokens;   /* of each, not counting the prompt */
	bool ignore_end; /* never stop at the end of text: it is not drawn */
	int threads;
	lk_sampler_config sampler;
} lk_generate_config;

/* Called by the generating thread with each piece of text of each stream as it
 * comes, cut only at character boundaries (nbytes 0 with done: the stream has
 * ended). Return other than LK_OK to stop everything. */
typedef lk_status lk_generate_text(void *context, size_t stream,
		const unsigned char *text, size_t nbytes, bool done);

typedef struct {
	size_t prompt_tokens, tokens; /* tokens: of all streams */
	double prompt_s, seconds;     /* reading the prompt; generating */
} lk_generate_result;

/* Fails with LK_RANGE where the tokenizer knows the prompt's tokens but the model
 * does not, and with LK_DIVERGED where the model's logits are not finite. */
lk_status lk_generate(lk_generate_result *result, lk_model *model,
		const lk_tokenizer *tokenizer, const unsigned char *prompt,
		size_t prompt_nbytes, const lk_generate_config *config,
		lk_generate_text *text, void *context, lk_error *error);

/* The same from any model: source->streams == config->streams; config->threads choose
 * among tokens. LK_RANGE also where nothing can follow but the end of text, and that
 * is to be ignored. */
lk_status lk_generate_from(lk_generate_result *result, lk_source *source,
		const lk_tokenizer *tokenizer, const unsigned char *prompt,
		size_t prompt_nbytes, const lk_generate_config *config,
		lk_generate_text *text, void *context, lk_error *error);

#endif
