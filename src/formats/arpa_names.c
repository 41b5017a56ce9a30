#include "formats/arpa.h"

#include "base/hash.h"
#include "formats/tokenizer_json.h"
#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_ID UINT32_MAX

struct lk_arpa_names {
	uint32_t vocabulary, end;
	char **name;    /* [vocabulary]; the end's is empty */
	uint32_t *slot; /* [mask + 1]: ids by the hash of their names, or NO_ID */
	size_t mask;
};

static lk_status no_memory(uint32_t vocabulary, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the names of %lu tokens",
			(unsigned long)vocabulary);
}

static lk_status new_names(lk_arpa_names **names, uint32_t vocabulary, uint32_t end,
		lk_error *error)
{
	lk_arpa_names *n = calloc(1, sizeof *n);

	if (!n)
		return no_memory(vocabulary, error);
	n->vocabulary = vocabulary;
	n->end = end;
	for (n->mask = 1; n->mask < 2 * (size_t)vocabulary; n->mask *= 2)
		;
	n->slot = malloc(n->mask * sizeof *n->slot);
	n->name = calloc(vocabulary, sizeof *n->name);
	if (!n->slot || !n->name) {
		lk_arpa_names_free(n);
		return no_memory(vocabulary, error);
	}
	memset(n->slot, 0xFF, n->mask * sizeof *n->slot);
	n->mask--;
	*names = n;
	return LK_OK;
}

void lk_arpa_names_free(lk_arpa_names *names)
{
	if (!names)
		return;
	for (uint32_t id = 0; names->name && id < names->vocabulary; id++)
		free(names->name[id]);
	free(names->name);
	free(names->slot);
	free(names);
}

/* Where a word is, or would be. */
static size_t slot_of(const lk_arpa_names *n, const char *word, size_t nbytes)
{
	size_t at = lk_hash64(word, nbytes) & n->mask;

	for (; n->slot[at] != NO_ID; at = (at + 1) & n->mask) {
		const char *name = n->name[n->slot[at]];

		if (strlen(name) == nbytes && !memcmp(name, word, nbytes))
			break;
	}
	return at;
}

static bool is_special(const char *word)
{
	return !strcmp(word, "<s>") || !strcmp(word, "</s>") || !strcmp(word, "<unk>");
}

/* Takes the name. */
static lk_status add(lk_arpa_names *n, uint32_t id, char *name, lk_error *error)
{
	size_t at;

	if (!name)
		return no_memory(n->vocabulary, error);
	n->name[id] = name;
	if (id == n->end)
		return LK_OK;
	at = slot_of(n, name, strlen(name));
	if (!*name || is_special(name) || n->slot[at] != NO_ID)
		return lk_fail(error, LK_UNSUPPORTED,
				"token %lu, \"%s\", cannot be told from another word of an "
				"ARPA file; numbers (--words ids) can",
				(unsigned long)id, name);
	n->slot[at] = id;
	return LK_OK;
}

lk_status lk_arpa_names_new_ids(lk_arpa_names **names, uint32_t vocabulary,
		uint32_t end, lk_error *error)
{
	lk_arpa_names *n;
	lk_status status = new_names(&n, vocabulary, end, error);

	if (status)
		return status;
	for (uint32_t id = 0; id < vocabulary && !status; id++) {
		char text[16];

		snprintf(text, sizeof text, "%lu", (unsigned long)id);
		status = add(n, id, strdup(text), error);
	}
	if (status)
		lk_arpa_names_free(n);
	else
		*names = n;
	return status;
}

/* A token's bytes in printable characters, malloc'd. */
static char *spell(const unsigned char *piece, size_t nbytes)
{
	char *text = malloc(2 * nbytes + 1), *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < nbytes; i++) {
		unsigned char character[4];
		size_t length = lk_utf8_encode(character, lk_byte_stand_in(piece[i]));

		memcpy(to, character, length);
		to += length;
	}
	*to = '\0';
	return text;
}

lk_status lk_arpa_names_new_pieces(lk_arpa_names **names, const lk_tokenizer *tokenizer,
		lk_error *error)
{
	lk_arpa_names *n;
	lk_status status = new_names(&n, tokenizer->vocabulary, tokenizer->end, error);

	if (status)
		return status;
	for (uint32_t id = 0; id < tokenizer->vocabulary && !status; id++) {
		size_t nbytes;
		const unsigned char *piece = lk_tokenizer_piece(tokenizer, id, &nbytes);

		status = add(n, id, spell(piece, nbytes), error);
	}
	if (status)
		lk_arpa_names_free(n);
	else
		*names = n;
	return status;
}

const char *lk_arpa_name(const lk_arpa_names *names, uint32_t id)
{
	return names->name[id];
}

uint32_t lk_arpa_find(const lk_arpa_names *names, const char *word, size_t nbytes)
{
	return names->slot[slot_of(names, word, nbytes)];
}

uint32_t lk_arpa_vocabulary(const lk_arpa_names *names)
{
	return names->vocabulary;
}

uint32_t lk_arpa_end(const lk_arpa_names *names)
{
	return names->end;
}
