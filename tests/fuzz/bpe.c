/* Any bytes, with any merges, split in any way: they must come back from their ids,
 * also where merges are dropped, and be the same ids where the text is cut. The
 * input's first bytes make the merges, the rest is the text. */
#include "fuzz/mutate.h"
#include "text/tokenizer_bpe.h"

enum { MERGES = 24, HEAD = 1 + 2 * MERGES, ROUNDS = 20000, SEED = 400 };

static void check_text(const lk_tokenizer *tokenizer, const lk_ids *ids,
		const unsigned char *text, size_t nbytes)
{
	size_t at = 0, length;

	for (size_t i = 0; i < ids->count; i++) {
		const unsigned char *piece =
				lk_tokenizer_piece(tokenizer, ids->data[i], &length);

		if (!length || length > nbytes - at || memcmp(piece, text + at, length))
			abort();
		at += length;
	}
	if (at != nbytes)
		abort();
}

/* Each pair once. */
static size_t make_merges(lk_bpe_merge merge[MERGES], const unsigned char *data)
{
	size_t count = 0;

	for (size_t i = 0; i < MERGES; i++) {
		uint32_t known = 256 + (uint32_t)count;
		lk_bpe_merge made = { data[2 * i] % 2 ? data[2 * i] : known - 1 - data[2 * i] % 40,
			data[2 * i + 1] % 2 ? data[2 * i + 1] : known - 1 - data[2 * i + 1] % 40,
			known };
		size_t k = 0;

		while (k < count && (merge[k].left != made.left || merge[k].right != made.right))
			k++;
		if (k == count)
			merge[count++] = made;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t nbytes)
{
	lk_bpe_dropout dropout = { 0.4, 3, 0 };
	lk_bpe_merge merge[MERGES];
	lk_tokenizer *tokenizer;
	lk_ids ids = { 0 }, halves = { 0 };
	const unsigned char *text = data + HEAD;
	size_t cut;

	if (nbytes < HEAD)
		return 0;
	nbytes -= HEAD;
	if (lk_tokenizer_new_bpe_merges(&tokenizer, data[0] % LK_SPLIT_COUNT, merge,
			    make_merges(merge, data + 1), NULL))
		abort();
	if (lk_tokenizer_encode(tokenizer, text, nbytes, &ids, NULL))
		abort();
	check_text(tokenizer, &ids, text, nbytes);
	cut = lk_tokenizer_cut(tokenizer, text, nbytes, nbytes / 2);
	if (lk_tokenizer_encode(tokenizer, text, cut, &halves, NULL) ||
			lk_tokenizer_encode(tokenizer, text + cut, nbytes - cut, &halves,
					NULL) ||
			halves.count != ids.count ||
			(ids.count && memcmp(halves.data, ids.data,
						      ids.count * sizeof *ids.data)))
		abort();
	ids.count = 0;
	if (lk_tokenizer_encode_dropout(
			    tokenizer, &dropout, text, nbytes, 0, &ids, NULL))
		abort();
	check_text(tokenizer, &ids, text, nbytes);
	lk_ids_free(&ids);
	lk_ids_free(&halves);
	lk_tokenizer_free(tokenizer);
	return 0;
}

#ifndef LIBFUZZER
int main(void)
{
	static const char some[] = "aabb  '\n.1\xC3\xA9\xE2\x80\x83\xFFsll";
	unsigned char seed[SEED];

	for (uint64_t round = 0; round < ROUNDS; round++) {
		lk_rng rng = lk_rng_new(2, LK_RNG_CHECK);

		for (size_t i = 0; i < SEED; i++)
			seed[i] = (unsigned char)some[lk_rng_below(
					rng, i, round / 50, sizeof some - 1)];
		for (size_t i = 0; i < HEAD; i++)
			seed[i] = (unsigned char)lk_rng_u64(rng, SEED + i, round / 50);
		fuzz_mutant(seed, SEED, round);
	}
	printf("%d texts\n", ROUNDS);
	return 0;
}
#endif
