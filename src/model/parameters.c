#include "model/parameters.h"

#include <stdio.h>

/* What a walk over every tensor there is, in order, does and has done. */
typedef struct {
	lk_tensor *tensors; /* NULL: only count */
	size_t count;
	lk_dtype dtype;
	lk_arena *arena;
} walk;

static void visit(walk *w, long layer, const char *name, size_t rows,
		size_t columns)
{
	size_t n = w->count++;

	if (!w->tensors)
		return;
	lk_tensor *t = &w->tensors[n];
	*t = (lk_tensor){ .dtype = w->dtype,
		.rank = columns ? 2 : 1,
		.shape = { rows, columns } };
	if (layer < 0)
		snprintf(t->name, sizeof t->name, "%s", name);
	else
		snprintf(t->name, sizeof t->name, "layer.%ld.%s", layer, name);
	t->data = lk_arena_take(w->arena, lk_tensor_count(t),
			lk_dtype_nbytes(w->dtype));
}

static void walk_table(walk *w, const lk_model_config *c)
{
#define X(field, name, rows, columns, exists, init, role) \
	if (exists)                                 \
		visit(w, -1, name, rows, columns);
	LK_EMBEDDING_PARAMETERS(X)
#undef X
#define X(field, name, rows, columns, exists, init, role) \
	if (exists)                                 \
		visit(w, (long)layer, name, rows, columns);
	for (size_t layer = 0; layer < c->layers; layer++) {
		LK_LAYER_PARAMETERS(X)
	}
#undef X
#define X(field, name, rows, columns, exists, init, role) \
	if (exists)                                 \
		visit(w, -1, name, rows, columns);
	LK_FINAL_PARAMETERS(X)
#undef X
}

size_t lk_parameters_count(const lk_model_config *config)
{
	walk w = { 0 };

	walk_table(&w, config);
	return w.count;
}

void lk_parameters_bind(lk_tensor *tensors, const lk_model_config *config,
		lk_dtype dtype, lk_arena *arena)
{
	walk w = { .tensors = tensors, .dtype = dtype, .arena = arena };

	walk_table(&w, config);
}

void lk_parameters_roles(lk_role *roles, const lk_model_config *c)
{
	size_t n = 0;

#define X(field, name, rows, columns, exists, init, role) \
	if (exists)                                       \
		roles[n++] = (lk_role)LK_ROLE_##role;
	LK_EMBEDDING_PARAMETERS(X)
	for (size_t layer = 0; layer < c->layers; layer++) {
		LK_LAYER_PARAMETERS(X)
	}
	LK_FINAL_PARAMETERS(X)
#undef X
}

size_t lk_model_config_parameters(const lk_model_config *c)
{
	size_t count = 0;

#define X(field, name, rows, columns, exists, init, role) \
	if (exists)                                 \
		count += (rows) * ((columns) > 0 ? (columns) : 1);
	LK_LAYER_PARAMETERS(X)
	count *= c->layers;
	LK_EMBEDDING_PARAMETERS(X)
	LK_FINAL_PARAMETERS(X)
#undef X
	return count;
}
