/* formats/safetensors_writer.h
 * Writing safetensors files (formats/safetensors.h has the layout): a tensor at
 * a time, a few rows at a time, so that what is converted or transposed on the
 * way never stands in memory whole. */
#ifndef LK_FORMATS_SAFETENSORS_WRITER_H
#define LK_FORMATS_SAFETENSORS_WRITER_H

#include "base/status.h"
#include "base/tensor.h"

#include <jansson.h>

/* Rows first .. first + rows - 1 (along the outermost dimension; the elements
 * of a vector) of tensors[tensor] into out, as the file has them. Called in
 * ascending order of first. */
typedef lk_status lk_safetensors_source(void *context, size_t tensor, size_t first,
		size_t rows, void *out, lk_error *error);

/* Replace path by a file of these tensors, atomically and fsynced; on failure
 * path is as before and nothing else is left. Names differ, no product of sizes
 * overflows (asserted).
 *   metadata  object of strings for __metadata__, or NULL; "format": "pt" is
 *             added, without which some readers fail
 *   source    gives the data; NULL: it is at tensors[].data
 *   hash      unless NULL, receives the XXH3-128 of the whole file
 * Tensors stand in the file by size of element, largest first, then by name, so
 * that each is aligned. The same call writes the same bytes. */
lk_status lk_safetensors_write(const char *path, const lk_tensor *tensors,
		size_t count, const json_t *metadata,
		lk_safetensors_source *source, void *context, char hash[33],
		lk_error *error);

#endif
