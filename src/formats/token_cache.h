/* formats/token_cache.h
 * Texts that have been tokenised before: a directory of token files, each named
 * by what its ids follow from (the bytes of the text, where its files end, the
 * rule of its documents, the tokenizer), so that nothing in it is ever out of
 * date. Any number of processes may use it: of those that want the same text at
 * the same time one tokenises it and the others wait. Whatever is wrong with a
 * file is put right by making it anew. */
#ifndef LK_FORMATS_TOKEN_CACHE_H
#define LK_FORMATS_TOKEN_CACHE_H

#include "formats/token_file.h"

/* The stream of these documents, read from the cache in `directory` (which is
 * made where there is none), and written there first unless it is there. Every
 * document on disk must have its hash (lk_corpus_read). work is for the
 * tokenising; what it watches, checking an old file is told as well. */
lk_status lk_token_cache_open(lk_tokens **tokens, const char *directory,
		const lk_documents *documents, const lk_tokenizer *tokenizer,
		const lk_text_work *work, lk_error *error);

/* Where that file is or would be, malloc'd. */
lk_status lk_token_cache_path(char **path, const char *directory,
		const lk_documents *documents, const lk_tokenizer *tokenizer,
		lk_error *error);

/* A file of the cache. */
typedef struct {
	char *path;
	uint64_t file_nbytes;
	bool complete; /* else: the part of one that is being made, or was */
	lk_token_header header; /* where complete */
} lk_token_cache_entry;

typedef struct {
	lk_token_cache_entry *entry;
	size_t count;
} lk_token_cache_list;

/* What a cache holds, by name; a directory that does not exist holds nothing.
 * Files that are none of the cache's are left out. */
lk_status lk_token_cache_look(
		lk_token_cache_list *list, const char *directory, lk_error *error);
void lk_token_cache_list_free(lk_token_cache_list *list);

/* Remove all of these files; what a process has open stays readable to it. */
lk_status lk_token_cache_clean(const lk_token_cache_list *list, lk_error *error);

#endif
