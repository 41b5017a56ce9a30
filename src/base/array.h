/* base/array.h
 * Arrays that grow as elements are appended. */
#ifndef LK_BASE_ARRAY_H
#define LK_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Make room for at least `wanted` elements of `size` bytes. `array` is the address
 * of the pointer to them (malloc'd, or NULL), *capacity what there is room for now.
 * An array that is too small becomes half as large again at least, so that many
 * small requests cost little; it may move, and new elements are not set. false when
 * out of memory: nothing has changed then. */
bool lk_array_reserve(void *array, size_t *capacity, size_t wanted, size_t size);

#endif
