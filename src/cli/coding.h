/* cli/coding.h
 * What `likely compress` and `likely decompress` share: a model that codes, and how
 * it is recognised. */
#ifndef LK_CLI_CODING_H
#define LK_CLI_CODING_H

#include "cli/load.h"
#include "cli/options.h"
#include "compress/codec.h"
#include "compress/header.h"
#include "report/progress.h"

typedef struct {
	const lk_common_options *common;
	lk_loaded loaded;
	lk_policy policy;
	lk_predictor *predictor;
	unsigned char model[LK_COMPRESSED_HASH]; /* of model, tokenizer and policy */
	char path[320];                          /* numeric path, in words */
	lk_progress *progress;                   /* NULL: nobody watches */
	const char *label;                       /* of the progress line */
	double start;
} lk_coding;

/* Load what `argument` means (cli/load.h). Close it also after a failure. */
lk_status lk_coding_open(lk_coding *coding, const char *argument, const char *tokenizer,
		const lk_common_options *common, lk_error *error);
void lk_coding_close(lk_coding *coding);

/* Streams for a text of so many tokens. */
size_t lk_coding_streams(const lk_coding *coding, uint64_t tokens);

/* A codec at the beginning of its streams; *path receives the fingerprint of the
 * numeric path. label: "compressing". The coding must stay where it is. End it also
 * after a failure. */
lk_status lk_coding_begin(lk_codec *codec, uint64_t *path, lk_coding *coding,
		size_t streams, const char *label, lk_error *error);
void lk_coding_end(lk_codec *codec);

/* Refuse to write to a directory, or, unless force is set, to a file that exists; "-"
 * is standard output. */
lk_status lk_coding_check_out(const char *out, bool force, lk_error *error);

#endif
