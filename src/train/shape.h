/* train/shape.h
 * Layers, width and heads for so many parameters: a ladder of shapes to choose from,
 * and what follows where some of them are given. */
#ifndef LK_TRAIN_SHAPE_H
#define LK_TRAIN_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

/* 0: open. */
typedef struct {
	size_t layers, width, heads;
	size_t kv_heads; /* that heads are a multiple of; 0: any. Never chosen */
} lk_shape;

/* Matrix parameters of the layers: query, key, value, output, and three matrices of
 * the MLP at 8/3 of the width. */
double lk_shape_parameters(size_t layers, size_t width);

/* What is open, so that the layers have about as many parameters as wanted, as ratios
 * go; often: for a text that is read many times. */
void lk_shape_choose(lk_shape *shape, double wanted, bool often);

/* Heads of about 32 channels that divide the width, of an even size each, and are a
 * multiple of kv_heads (0: of nothing); kv_heads, or 1, where there are none. */
size_t lk_shape_heads(size_t width, size_t kv_heads);

#endif
