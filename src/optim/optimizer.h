/* optim/optimizer.h
 * Gradient descent on named tensors: AdamW, Muon, SGD with momentum.
 *
 *   AdamW  m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
 *          w <- w (1 - lr wd) - lr m^ / (sqrt(v^) + eps),
 *          m^ = m / (1 - b1^t), v^ = v / (1 - b2^t)
 *          [Kingma & Ba 2015, arXiv:1412.6980; decoupled weight decay:
 *          Loshchilov & Hutter 2019, arXiv:1711.05101]
 *   SGD    m <- mu m + g,  w <- w (1 - lr wd) - lr (g + mu m with Nesterov,
 *          else m)         [Sutskever et al. 2013]
 *   Muon   the linear maps that roles name, by optim/muon.h; all else by AdamW,
 *          at adam_rate times the learning rate
 *
 * Embeddings, as roles name them, have embedding_rate times the rate.
 *
 * Which tensors are decayed: those with two dimensions or more (matrices and
 * embeddings); gains and biases are not. The same rule holds for L2.
 *
 * Weight decay shrinks weights beside the gradient step. L2 adds l2 w to the
 * gradient: the gradient of l2/2 |w|^2 added to the mean NLL per token, which
 * is MAP estimation under a Gaussian prior of variance 1 / (l2 N) for N training
 * tokens. Under AdamW the two differ: L2 goes through the moments.
 *
 * Gradient-norm clipping scales all gradients by min(1, clip / |g|), where |g|
 * is the norm over all tensors, L2 included [Pascanu et al. 2013].
 *
 * State is one arena per moment, in the layout of the parameters. */
#ifndef LK_OPTIM_OPTIMIZER_H
#define LK_OPTIM_OPTIMIZER_H

#include "base/cpu.h"
#include "base/role.h"
#include "base/status.h"
#include "base/tensor.h"

#include <stdbool.h>
#include <stdint.h>

#define LK_OPTIMIZERS(X) X(ADAMW, "adamw") X(MUON, "muon") X(SGD, "sgd")
typedef enum {
#define X(name, text) LK_##name,
	LK_OPTIMIZERS(X)
#undef X
	LK_OPTIMIZER_COUNT
} lk_optimizer_kind;

const char *lk_optimizer_name(lk_optimizer_kind kind);
int lk_optimizer_find(const char *name); /* -1 where unknown */

typedef struct {
	lk_optimizer_kind kind;
	double beta1, beta2;  /* AdamW: decay of the moments */
	double epsilon;       /* AdamW: added to sqrt(v) */
	double momentum;      /* SGD, Muon */
	bool nesterov;        /* SGD */
	double weight_decay;  /* decoupled */
	double l2;            /* of lambda/2 |w|^2 */
	double clip;          /* greatest gradient norm; 0: none */
	double adam_rate;     /* Muon: AdamW's learning rate over Muon's */
	double embedding_rate; /* of embeddings, over that of the rest; 0: 1 */
	int threads;          /* Muon: those of a team that find room to work */
} lk_optimizer_config;

/* Are all values possible? LK_RANGE says which is not. */
lk_status lk_optimizer_config_check(const lk_optimizer_config *config, lk_error *error);

typedef struct lk_optimizer lk_optimizer;

/* parameters and gradients: same order and shapes; they outlive the optimizer.
 * roles: one for each, or NULL: there are no linear maps and no embeddings.
 * isa: LK_ISA_F64 where they are double. */
lk_status lk_optimizer_new(lk_optimizer **optimizer,
		const lk_optimizer_config *config, const lk_tensor *parameters,
		const lk_tensor *gradients, const lk_role *roles, size_t count,
		lk_isa isa, lk_error *error);
void lk_optimizer_free(lk_optimizer *optimizer);

/* Bytes of state for these parameters; and of room to work in. */
size_t lk_optimizer_memory(const lk_optimizer_config *config,
		const lk_tensor *parameters, const lk_role *roles, size_t count);
size_t lk_optimizer_work_memory(const lk_optimizer_config *config,
		const lk_tensor *parameters, const lk_role *roles, size_t count);

/* Team. One step: norm of the gradient (L2 added), clipping, update with this
 * learning rate. t counts updates from 1. Where the gradient is not finite no
 * parameter or moment changes. */
void lk_optimizer_step(lk_optimizer *optimizer, uint64_t t, double learning_rate);

/* Of the last step, by one thread: the norm before clipping (not finite where a
 * gradient was not), and then the first tensor at fault. */
double lk_optimizer_gradient_norm(const lk_optimizer *optimizer);
const char *lk_optimizer_bad_tensor(const lk_optimizer *optimizer);

/* The moments as named tensors ("adamw.m.NAME", "muon.m.NAME", ...), all first
 * ones before all second ones, to be saved and, data overwritten, restored. */
const lk_tensor *lk_optimizer_state(const lk_optimizer *optimizer, size_t *count);

/* Forget all gradients that ever were: the moments become zero, as they began. */
void lk_optimizer_reset(lk_optimizer *optimizer);

#endif
