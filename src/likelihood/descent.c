#include "likelihood/descent.h"

#include "optim/optimizer.h"
#include "optim/schedule.h"

#include <math.h>
#include <stdlib.h>

lk_descent lk_descent_default(void)
{
	return (lk_descent){ .steps = 4000, .rate = 0.1 };
}

/* The variables as the optimiser knows them: weights are a matrix, which L2 holds
 * for, the others a vector, which it does not. */
static size_t describe(lk_tensor *tensor, double *data, size_t weights, size_t n)
{
	size_t count = 0;

	if (weights)
		tensor[count++] = (lk_tensor){ "weights", LK_F64, 2, { 1, weights },
			data };
	if (n > weights)
		tensor[count++] = (lk_tensor){ "others", LK_F64, 1, { n - weights },
			data + weights };
	return count;
}

lk_status lk_descend(double *x, size_t n, lk_objective *objective, const void *context,
		const lk_descent *descent, lk_error *error)
{
	/* epsilon only keeps 0/0 away: gradients of rare outcomes are as small as
	 * their shares. */
	lk_optimizer_config config = { .kind = LK_ADAMW,
		.beta1 = 0.9,
		.beta2 = 0.99,
		.epsilon = 1e-30,
		.l2 = descent->l2 };
	lk_schedule schedule = { .kind = LK_SCHEDULE_COSINE,
		.peak = descent->rate,
		.least = descent->rate * 1e-9,
		.steps = descent->steps };
	lk_tensor parameters[2], gradients[2];
	double *dx = calloc(n, sizeof *dx);
	lk_optimizer *optimizer = NULL;
	lk_status status =
			dx ? LK_OK
			   : lk_fail(error, LK_NOMEM, "out of memory for a gradient");

	if (!status) {
		size_t count = describe(parameters, x, descent->weights, n);
		describe(gradients, dx, descent->weights, n);
		status = lk_optimizer_new(&optimizer, &config, parameters, gradients,
				NULL, count, LK_ISA_F64, error);
	}
	for (uint64_t t = 0; t < descent->steps && !status; t++) {
		objective(context, x, dx);
		lk_optimizer_step(optimizer, t + 1, lk_schedule_rate(&schedule, t));
		if (!isfinite(lk_optimizer_gradient_norm(optimizer)))
			status = lk_fail(error, LK_DIVERGED,
					"the gradient of the NLL is not finite");
	}
	lk_optimizer_free(optimizer);
	free(dx);
	return status;
}
