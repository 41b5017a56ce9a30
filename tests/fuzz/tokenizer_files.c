/* tokenizer.json, vocab.json and merges.txt that nobody wrote: read or refused, and
 * what is read gives text back and is the same once written and read again. The
 * first byte says which of the three the rest is. */
#include "fuzz/mutate.h"
#include "base/directory.h"
#include "formats/merges_txt.h"
#include "formats/tokenizer_json.h"
#include "text/tokenizer_bpe.h"

#include <sys/mman.h>
#include <unistd.h>

enum { JSON, VOCAB, MERGES, KINDS, ROUNDS = 3000 };

static char directory[] = "/tmp/likely-fuzz-XXXXXX";
static unsigned char *seed[KINDS];
static size_t seed_nbytes[KINDS];

/* Bytes as a file: its name. */
static const char *file_of(char path[32], int *fd, const void *data, size_t nbytes)
{
	*fd = memfd_create("fuzz", 0);
	if (*fd < 0 || (nbytes && write(*fd, data, nbytes) != (ssize_t)nbytes))
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", *fd);
	return path;
}

static void check(const lk_tokenizer *tokenizer)
{
	static const unsigned char text[] = " ab a\x00\xFF \xC3\xA9'll ab  12345\n";
	lk_tokenizer *again;
	lk_ids ids = { 0 };
	size_t at = 0, nbytes;
	char hash[33], other[33], path[64];

	if (lk_tokenizer_encode(tokenizer, text, sizeof text, &ids, NULL)) {
		if (strcmp(tokenizer->kind->name, "char"))
			abort(); /* only those refuse a character */
	} else {
		for (size_t i = 0; i < ids.count; i++) {
			const unsigned char *piece =
					lk_tokenizer_piece(tokenizer, ids.data[i], &nbytes);

			if (nbytes > sizeof text - at || memcmp(piece, text + at, nbytes))
				abort();
			at += nbytes;
		}
		if (at != sizeof text)
			abort();
	}
	lk_ids_free(&ids);
	snprintf(path, sizeof path, "%s/tokenizer.json", directory);
	if (lk_tokenizer_json_write(directory, tokenizer, 8, NULL) ||
			lk_tokenizer_json_read(&again, path, NULL))
		abort();
	lk_tokenizer_hash(tokenizer, hash);
	lk_tokenizer_hash(again, other);
	/* without merges, a BPE comes back as the tokenizer of bytes */
	if (strcmp(hash, other) && !(lk_tokenizer_bpe_parts(tokenizer) &&
					   !lk_tokenizer_bpe_parts(tokenizer)->merges))
		abort();
	lk_tokenizer_free(again);
}

/* A small tokenizer's three files. */
static void make_seeds(void)
{
	static const lk_bpe_merge merge[] = { { 220, 64, 256 }, { 64, 65, 257 },
		{ 256, 65, 258 } };
	static const char merges[] = "#version: 0.2\n\xC4\xA0 a\na b\n\xC4\xA0"
				     "a b\n";
	lk_tokenizer *made;
	char path[64], *vocab, *end;
	FILE *file;

	if (seed[JSON])
		return;
	if (!mkdtemp(directory) || lk_tokenizer_new_bpe_merges(&made, LK_SPLIT_GPT2, merge,
						   3, NULL) ||
			lk_tokenizer_json_write(directory, made, 8, NULL))
		abort();
	lk_tokenizer_free(made);
	snprintf(path, sizeof path, "%s/tokenizer.json", directory);
	file = fopen(path, "r");
	seed[JSON] = calloc(1, 1 << 16);
	if (!file || !seed[JSON])
		abort();
	seed_nbytes[JSON] = fread(seed[JSON], 1, (1 << 16) - 1, file);
	fclose(file);
	vocab = strstr((char *)seed[JSON], "\"vocab\": ") + strlen("\"vocab\": ");
	end = strchr(strstr(vocab, LK_END_OF_TEXT), '}') + 1;
	seed_nbytes[VOCAB] = (size_t)(end - vocab);
	seed[VOCAB] = (unsigned char *)strndup(vocab, seed_nbytes[VOCAB]);
	seed_nbytes[MERGES] = sizeof merges - 1;
	seed[MERGES] = (unsigned char *)strdup(merges);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t nbytes)
{
	lk_tokenizer *tokenizer = NULL;
	lk_error error = { 0 };
	char path[2][32];
	int fd[2], kind;
	lk_status status;

	make_seeds();
	if (!nbytes)
		return 0;
	kind = data[0] % KINDS;
	file_of(path[0], &fd[0], data + 1, nbytes - 1);
	file_of(path[1], &fd[1], seed[kind == VOCAB ? MERGES : VOCAB],
			seed_nbytes[kind == VOCAB ? MERGES : VOCAB]);
	status = kind == JSON ? lk_tokenizer_json_read(&tokenizer, path[0], &error)
			      : lk_merges_txt_read_files(&tokenizer, path[kind != VOCAB],
						path[kind == VOCAB], &error);
	close(fd[0]);
	close(fd[1]);
	if (status && (tokenizer || !error.text[0]))
		abort(); /* a refusal says why, and leaves nothing */
	if (!status)
		check(tokenizer);
	lk_tokenizer_free(tokenizer);
	return 0;
}

#ifndef LIBFUZZER
int main(void)
{
	make_seeds();
	for (uint64_t round = 0; round < ROUNDS; round++) {
		size_t kind = round % KINDS;
		unsigned char *input = malloc(seed_nbytes[kind] + 1);

		if (!input)
			abort();
		input[0] = (unsigned char)kind;
		memcpy(input + 1, seed[kind], seed_nbytes[kind]);
		fuzz_mutant(input, seed_nbytes[kind] + 1, round);
		free(input);
	}
	for (int kind = 0; kind < KINDS; kind++)
		free(seed[kind]);
	lk_directory_remove(directory, NULL);
	printf("%d files\n", ROUNDS);
	return 0;
}
#endif
