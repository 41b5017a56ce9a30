#include "cli/tokenizer_choice.h"

#include "base/names.h"
#include "text/bpe_train.h"

#include <stdlib.h>
#include <string.h>

#define BPE "bpe:"

/* Where auto goes over from one to the next. More tokens need more text to learn
 * what each means, and a larger model to hold that. */
static const struct {
	uint64_t below; /* bytes of text that train */
	uint32_t vocabulary; /* 0: byte */
	const char *reason;
} rule[] = {
	{ 2000000, 0, "less than 2 MB of text train" },
	{ 20000000, 2048, "2 to 20 MB of text train" },
	{ UINT64_MAX, 8192, "20 MB of text or more train" },
};

lk_status lk_tokenizer_choice_parse(
		lk_tokenizer_choice *choice, const char *text, lk_error *error)
{
	static const char *const names[] = { "auto", "byte", "char" };
	int named = lk_name_find(text, names, sizeof names / sizeof *names);
	const char *number = text + strlen(BPE);
	char *end;
	unsigned long long vocabulary;

	*choice = (lk_tokenizer_choice){
		.kind = named < 0 ? LK_CHOICE_DIRECTORY : (lk_tokenizer_choice_kind)named
	};
	if (strncmp(text, BPE, strlen(BPE)))
		return LK_OK;
	vocabulary = strtoull(number, &end, 10);
	if (*number < '0' || *number > '9' || *end ||
			vocabulary < LK_BPE_LEAST_VOCABULARY ||
			vocabulary > LK_BPE_MOST_VOCABULARY)
		return lk_fail(error, LK_RANGE,
				"--tokenizer %.60s: bpe:N takes a number of tokens from %d "
				"to %d, as in bpe:8192", text, LK_BPE_LEAST_VOCABULARY,
				LK_BPE_MOST_VOCABULARY);
	choice->kind = LK_CHOICE_BPE;
	choice->vocabulary = (uint32_t)vocabulary;
	return LK_OK;
}

void lk_tokenizer_choice_settle(lk_tokenizer_choice *choice, uint64_t nbytes)
{
	size_t i = 0;

	if (choice->kind != LK_CHOICE_AUTO)
		return;
	while (nbytes >= rule[i].below)
		i++;
	choice->kind = rule[i].vocabulary ? LK_CHOICE_BPE : LK_CHOICE_BYTE;
	choice->vocabulary = rule[i].vocabulary;
	choice->reason = rule[i].reason;
}

bool lk_tokenizer_choice_is_new(const char *text)
{
	return !strcmp(text, "char") || !strncmp(text, BPE, strlen(BPE));
}
