/* base/hash.h
 * XXH3, the hash that files and vocabularies are recognised by. It notices
 * accidents, not attackers. */
#ifndef LK_BASE_HASH_H
#define LK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 64 and 128 bits, the latter as 32 lower-case hexadecimal digits. */
uint64_t lk_hash64(const void *data, size_t nbytes);
void lk_hash128_text(char text[33], const void *data, size_t nbytes);

/* The same over pieces. */
typedef struct lk_hasher lk_hasher;
lk_hasher *lk_hasher_new(void); /* NULL when out of memory */
void lk_hasher_add(lk_hasher *hasher, const void *data, size_t nbytes);

/* A number goes in byte by byte, lowest first: the same hash on every machine. */
void lk_hasher_add_number(lk_hasher *hasher, uint32_t number);

void lk_hasher_text(const lk_hasher *hasher, char text[33]);
void lk_hasher_free(lk_hasher *hasher);

#endif
