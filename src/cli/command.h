/* cli/command.h
 * The commands of `likely`. Adding one: a line here, a file cli/NAME.c that
 * defines lk_command_NAME, and that file in meson.build.
 *
 * A command gets its own arguments, argv[0] being "likely NAME", prints results
 * on stdout and everything else on stderr, and returns the exit status:
 * 0 success, 1 failure, 2 usage. main() flushes and checks stdout after it. */
#ifndef LK_CLI_COMMAND_H
#define LK_CLI_COMMAND_H

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
/* name, function, what it does in one line */
#define LK_COMMANDS(X)                                                                   \
	X("train",           train,           "train a model on text files")            \
	X("sample",          sample,          "let a model write")                      \
	X("eval",            eval,            "measure how well a model predicts text") \
	X("compare",         compare,         "say which of several models predicts a text better, and how surely") \
	X("score",           score,           "say how likely each line, document or record is") \
	X("info",            info,            "say what a model is")                    \
	X("compress",        compress,        "make a text small: arithmetic coding with a model") \
	X("decompress",      decompress,      "and large again") \
	X("mle",             mle,             "fit a distribution, and see maximum likelihood at work") \
	X("tokenizer",       tokenizer,       "train a tokenizer, and say what one is") \
	X("tokenize",        tokenize,        "text to token ids, and back")           \
	X("cache",           cache,           "show and clean the token files of large texts")  \
	X("ngram",           ngram,           "read and write n-gram models as ARPA files")  \
	X("bench",           bench,           "measure the speed of training and sampling")   \
	X("check-gradients", check_gradients, "compare a model's gradients with finite differences")
/* clang-format on */

#define X(name, function, help) int lk_command_##function(int argc, char **argv);
LK_COMMANDS(X)
#undef X

enum { LK_EXIT_OK = 0, LK_EXIT_FAILURE = 1, LK_EXIT_USAGE = 2 };

/* Where runs land and are looked for. */
#define LK_RUNS "checkpoints"

/* Print "likely: " and the error's sentence on stderr (nothing where it is empty);
 * return LK_EXIT_FAILURE, so that commands end with `return lk_complain(&error)`. */
int lk_complain(const lk_error *error);

/* A sentence on stderr, "likely: " before and a newline after it. On a terminal
 * control characters in it (of file names, say) are escaped. */
void lk_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Send what was printed on its way. Fails with LK_IO where stdout cannot be
 * written; with an empty sentence where its reader has left, as after `| head`,
 * which needs no words. */
lk_status lk_flush_output(lk_error *error);

/* Print one JSON object as a line on stdout (reals exact) and flush it. Takes the
 * reference. NULL stands for an object that memory did not suffice for. */
lk_status lk_print_json(json_t *object, lk_error *error);

/* The MODEL that a command works on: the directory that the user's argument
 * means (formats/model_directory.h), or, where argument is NULL, the newest run
 * below LK_RUNS, which is then named on stderr. malloc'd. */
lk_status lk_find_model(char **directory, const char *argument, lk_error *error);

#endif
