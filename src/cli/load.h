/* cli/load.h
 * What commands that use a model begin with. */
#ifndef LK_CLI_LOAD_H
#define LK_CLI_LOAD_H

#include "model/model.h"
#include "text/tokenizer.h"

#include <stdbool.h>

typedef struct {
	char *directory; /* of the model itself: the checkpoint, not the run */
	lk_model *model;
	lk_tokenizer *tokenizer;
} lk_loaded;

/* The model that `argument` means (cli/command.h), for this processor, and its
 * tokenizer: the directory's own, or, where `tokenizer` is not NULL, the one
 * that it means: "byte", or a directory that holds a tokenizer.json. quiet: say
 * nothing. Free with lk_loaded_free, also after a failure. */
lk_status lk_load(lk_loaded *loaded, const char *argument, const char *tokenizer,
		bool quiet, lk_error *error);
void lk_loaded_free(lk_loaded *loaded);

#endif
