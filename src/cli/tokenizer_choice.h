/* cli/tokenizer_choice.h
 * What `likely train --tokenizer` may say. */
#ifndef LK_CLI_TOKENIZER_CHOICE_H
#define LK_CLI_TOKENIZER_CHOICE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define LK_TOKENIZER_HELP                                                               \
	"byte; char, the characters of the whole text, the part that validates included; " \
	"bpe:N, byte-level BPE of N tokens, learnt from the part that trains; a directory " \
	"that holds a tokenizer; or auto: chosen for --minutes; without them byte where less " \
	"than 2 MB of text train, else bpe:2048 below 20 MB, else bpe:8192"

typedef enum {
	LK_CHOICE_AUTO,
	LK_CHOICE_BYTE,
	LK_CHOICE_CHAR,
	LK_CHOICE_BPE,
	LK_CHOICE_DIRECTORY,
} lk_tokenizer_choice_kind;

typedef struct {
	lk_tokenizer_choice_kind kind;
	uint32_t vocabulary; /* of a BPE */
	uint32_t larger;     /* of another one, if that does better; 0: there is no choice */
	const char *reason;  /* what made it this one; NULL: the user */
} lk_tokenizer_choice;

/* Fails with LK_RANGE where the N of bpe:N is no number or out of range. */
lk_status lk_tokenizer_choice_parse(
		lk_tokenizer_choice *choice, const char *text, lk_error *error);

/* Put in place of auto what it stands for where so many bytes of text train. */
void lk_tokenizer_choice_settle(lk_tokenizer_choice *choice, uint64_t nbytes);

/* Does it mean ids that are made from the text? (auto does not insist on it.) */
bool lk_tokenizer_choice_is_new(const char *text);

#endif
