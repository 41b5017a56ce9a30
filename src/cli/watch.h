/* cli/watch.h
 * A predictor that shows on stderr how far a scoring has come, where that is a
 * terminal, and otherwise is the one it stands before. */
#ifndef LK_CLI_WATCH_H
#define LK_CLI_WATCH_H

#include "evaluate/predictor.h"

/* inner becomes the watcher's: freed with it by lk_predictor_free, and at once
 * where this fails (*watch is then NULL). */
lk_status lk_watch_new(lk_predictor **watch, lk_predictor *inner, lk_error *error);

/* A text of so many tokens comes next; or, with 0, nothing more. */
void lk_watch_begin(lk_predictor *watch, size_t tokens);

#endif
