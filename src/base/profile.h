/* base/profile.h
 * Where the time of a team of threads goes, as its first thread sees it.
 *
 * A mark says what the time from here on, until the next mark, belongs to; time
 * spent waiting for other threads counts for the region that waits. Without a
 * profile a mark is one comparison. */
#ifndef LK_BASE_PROFILE_H
#define LK_BASE_PROFILE_H

/* clang-format off */
#define LK_REGIONS(X)                                             \
	X(OTHER,         "everything else")                     \
	X(EMBEDDING,     "embedding")                           \
	X(NORM,          "norms")                               \
	X(LINEAR,        "linear layers")                       \
	X(PACK,          "weights put in order for products")   \
	X(POSITION,      "rotary positions, query-key norms")   \
	X(ATTENTION,     "attention")                           \
	X(ACTIVATION,    "activation functions")                \
	X(HEAD,          "output head")                         \
	X(LOSS,          "loss")                                \
	X(LINEAR_BACK,   "linear layers, input gradients")             \
	X(WEIGHTS_BACK,  "weight gradients")                    \
	X(ATTENTION_BACK, "attention, backward")                \
	X(ELEMENT_BACK,  "norms and activations, backward")     \
	X(OPTIMIZER,     "gradient norm and optimiser")
/* clang-format on */

typedef enum {
#define X(name, text) LK_REGION_##name,
	LK_REGIONS(X)
#undef X
	LK_REGION_COUNT
} lk_region;

typedef struct {
	double seconds[LK_REGION_COUNT];
	double since; /* clock at the last mark */
	lk_region region; /* what the time since then belongs to */
} lk_profile;

const char *lk_region_text(lk_region region);

/* Zero, the clock running for LK_REGION_OTHER. */
void lk_profile_begin(lk_profile *profile);

/* By every thread of a team or by one outside any: only the first counts. */
void lk_profile_switch(lk_profile *profile, lk_region region);

/* profile NULL: nothing is measured. */
static inline void lk_profile_mark(lk_profile *profile, lk_region region)
{
	if (profile)
		lk_profile_switch(profile, region);
}

#endif
