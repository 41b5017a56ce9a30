#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

struct lk_hasher {
	XXH3_state_t *state;
};

static void write_text(char text[33], XXH128_hash_t hash)
{
	snprintf(text, 33, "%016llx%016llx", (unsigned long long)hash.high64,
			(unsigned long long)hash.low64);
}

uint64_t lk_hash64(const void *data, size_t nbytes)
{
	return XXH3_64bits(data, nbytes);
}

void lk_hash128_text(char text[33], const void *data, size_t nbytes)
{
	write_text(text, XXH3_128bits(data, nbytes));
}

lk_hasher *lk_hasher_new(void)
{
	lk_hasher *hasher = malloc(sizeof *hasher);

	if (!hasher)
		return NULL;
	hasher->state = XXH3_createState();
	if (!hasher->state || XXH3_128bits_reset(hasher->state) == XXH_ERROR) {
		lk_hasher_free(hasher);
		return NULL;
	}
	return hasher;
}

void lk_hasher_add(lk_hasher *hasher, const void *data, size_t nbytes)
{
	if (nbytes) /* of an empty piece, data may be NULL */
		XXH3_128bits_update(hasher->state, data, nbytes);
}

void lk_hasher_add_number(lk_hasher *hasher, uint32_t number)
{
	unsigned char bytes[4] = { number & 0xFF, number >> 8 & 0xFF,
		number >> 16 & 0xFF, number >> 24 };

	lk_hasher_add(hasher, bytes, sizeof bytes);
}

void lk_hasher_text(const lk_hasher *hasher, char text[33])
{
	write_text(text, XXH3_128bits_digest(hasher->state));
}

void lk_hasher_free(lk_hasher *hasher)
{
	if (!hasher)
		return;
	XXH3_freeState(hasher->state);
	free(hasher);
}
