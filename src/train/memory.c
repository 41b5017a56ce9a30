#include "train/memory.h"

#include "base/clock.h"

/* Stack that each thread touches, and what saving, the log
 * and evaluation take: measured, and small beside everything else. */
enum { THREAD_NBYTES = 80 << 10, OTHER_NBYTES = 150 << 10 };

size_t lk_train_memory(const lk_trainer *trainer, const lk_train_config *config,
		const lk_optimizer_config *optimizer, bool restored)
{
	const lk_model_config *model = lk_model_get_config(trainer->model);
	size_t count, weights = 0, added, peak = lk_memory_peak();
	const lk_tensor *parameter = lk_model_parameters(trainer->model, &count);
	const lk_role *roles = lk_model_roles(trainer->model);

	for (size_t i = 0; i < count; i++)
		weights += lk_tensor_nbytes(&parameter[i]);
	added = lk_model_memory(model, lk_model_get_isa(trainer->model), config->batch,
				model->context, true) -
			weights;
	if (!restored)
		added += lk_optimizer_memory(optimizer, parameter, roles, count);
	added += lk_optimizer_work_memory(optimizer, parameter, roles, count);
	added += (size_t)config->threads * THREAD_NBYTES + OTHER_NBYTES;
	added += lk_memory_now();
	return added > peak ? added : peak;
}
