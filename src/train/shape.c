#include "train/shape.h"

#include <math.h>

/* In between, what was measured differs by less than from seed to seed. A text that is
 * read a few times is learnt sooner by two layers, as many as induction heads need, than
 * by as many parameters in four narrower ones; one that is read many times is learnt
 * better by four. Four of EITHER and more are for both. */
static const struct {
	size_t layers, width;
} ladder[] = {
	{ 2, 64 }, { 2, 96 }, { 2, 128 }, { 2, 160 }, { 2, 192 }, { 2, 224 },
	{ 4, 64 }, { 4, 96 }, { 4, 128 }, { 4, 160 }, { 4, 192 },
	{ 4, 256 }, { 6, 256 }, { 6, 320 }, { 6, 384 }, { 8, 384 }, { 8, 512 }, { 10, 640 },
	{ 12, 768 },
};
enum { RUNGS = sizeof ladder / sizeof *ladder, DEEP = 4, EITHER = 192 };

enum { HEAD = 32, LAYERS_MOST = 24, WIDTH_MOST = 2048 };

double lk_shape_parameters(size_t layers, size_t width)
{
	return 12 * (double)layers * (double)width * (double)width;
}

size_t lk_shape_heads(size_t width, size_t kv_heads)
{
	size_t each = kv_heads ? kv_heads : 1, most = width / HEAD;
	size_t heads = most > each ? most / each * each : each;

	while (heads > each && (width % heads || width / heads % 2))
		heads -= each;
	return heads;
}

/* The nearest so far. */
typedef struct {
	size_t layers, width;
	double wanted, distance;
} nearest;

static void consider(nearest *n, size_t layers, size_t width)
{
	double distance = fabs(log(lk_shape_parameters(layers, width) / n->wanted));

	if (n->layers && distance >= n->distance)
		return;
	n->layers = layers;
	n->width = width;
	n->distance = distance;
}

/* Is the rung one for texts that are read often, or a few times? */
static bool suits(size_t layers, size_t width, bool often)
{
	return (layers >= DEEP && width >= EITHER) || (layers >= DEEP) == often;
}

static void consider_ladder(nearest *n, bool often)
{
	for (size_t i = 0; i < RUNGS; i++)
		if (suits(ladder[i].layers, ladder[i].width, often))
			consider(n, ladder[i].layers, ladder[i].width);
}

static void consider_layers(nearest *n, size_t width)
{
	for (size_t layers = 1; layers <= LAYERS_MOST; layers++)
		consider(n, layers, width);
}

static void consider_widths(nearest *n, size_t layers)
{
	for (size_t width = HEAD; width <= WIDTH_MOST; width += HEAD)
		consider(n, layers, width);
}

/* At least so wide, for heads of an even size; heads 0: any. */
static size_t whole_heads(size_t width, size_t heads)
{
	size_t each = heads ? 2 * heads : 1;

	return (width + each - 1) / each * each;
}

void lk_shape_choose(lk_shape *shape, double wanted, bool often)
{
	nearest n = { .wanted = wanted };

	if (!shape->layers && !shape->width)
		consider_ladder(&n, often);
	else if (!shape->layers)
		consider_layers(&n, shape->width);
	else if (!shape->width)
		consider_widths(&n, shape->layers);
	if (!shape->layers)
		shape->layers = n.layers;
	if (!shape->width)
		shape->width = whole_heads(n.width,
				shape->heads ? shape->heads : shape->kv_heads);
	if (!shape->heads)
		shape->heads = lk_shape_heads(shape->width, shape->kv_heads);
}
