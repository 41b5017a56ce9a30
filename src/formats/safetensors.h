/* formats/safetensors.h
 * Reading safetensors files: named tensors, little-endian and row-major.
 *
 *   8 bytes   N, the length of the header
 *   N bytes   JSON: {"NAME": {"dtype": "F32", "shape": [2, 3],
 *             "data_offsets": [begin, end]}, ..., "__metadata__": {text: text}}
 *   data      offsets count from here, without holes, to the end of the file
 *
 * Opening checks the whole header against the length of the file; no byte of
 * data is touched, and memory follows the size of the header. Data is read by
 * pread: a file that shrinks meanwhile is an error and no signal. */
#ifndef LK_FORMATS_SAFETENSORS_H
#define LK_FORMATS_SAFETENSORS_H

#include "base/status.h"
#include "base/tensor.h"

#include <jansson.h>
#include <stdint.h>

#define LK_SAFETENSORS_HEADER 100000000u /* most bytes of a header */

typedef struct lk_safetensors lk_safetensors;

/* LK_FORMAT where the file breaks a rule of the format; LK_UNSUPPORTED where it
 * keeps them but uses a dtype, a rank or a length of name that lk_tensor has no
 * room for. */
lk_status lk_safetensors_open(lk_safetensors **file, const char *path,
		lk_error *error);
void lk_safetensors_close(lk_safetensors *file); /* accepts NULL */

const char *lk_safetensors_path(const lk_safetensors *file);

/* The tensors (data is NULL), sorted by name. */
const lk_tensor *lk_safetensors_tensors(const lk_safetensors *file, size_t *count);

/* The number of the tensor of that name, or SIZE_MAX. */
size_t lk_safetensors_find(const lk_safetensors *file, const char *name);

/* The text under that name in __metadata__, or NULL. */
const char *lk_safetensors_metadata(const lk_safetensors *file, const char *name);

/* The whole of __metadata__, an object of strings (empty where there is none);
 * it belongs to the file. */
const json_t *lk_safetensors_all_metadata(const lk_safetensors *file);

/* Elements first .. first + count - 1 of a tensor into out, converted to `as`:
 * LK_F32 or LK_F64 for a tensor of reals, else the tensor's own dtype. A range
 * outside the tensor is a programmer's error; a tensor that is not of reals,
 * asked for as reals, is refused by name. */
lk_status lk_safetensors_read(const lk_safetensors *file, size_t tensor,
		size_t first, size_t count, lk_dtype as, void *out,
		lk_error *error);

#endif
