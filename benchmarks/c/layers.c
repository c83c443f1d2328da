/* A feed-forward network of integrate-and-fire units without leak, reset by subtraction, event-driven, per trial.
 *
 * Per step: every layer moves by its drive and spikes above 1; then the spikes are delivered, each as one row of
 * weights added to the next layer (which sees them in the next step), and 1 is subtracted. weights[l] has rows of
 * sizes[l + 1] entries, one row per unit of layer l; layer 0 has the drives of its trial, the others their bias.
 */
#include <stdint.h>
#include <stdlib.h>

/* What constant inputs contribute: rows of the weights times the inputs that are not 0. */
static void apply(const double *input, int32_t inputs, const double *restrict weights, int32_t units,
                  double *restrict drive)
{
    for (int32_t j = 0; j < inputs; j++)
        if (input[j] != 0.0)
            for (int32_t i = 0; i < units; i++)
                drive[i] += weights[(int64_t)j * units + i] * input[j];
}

/* Which units are above threshold, without a branch that could be mispredicted. */
static int32_t above(const double *restrict v, int32_t units, int32_t *restrict spikes)
{
    int32_t fired = 0;
    for (int32_t i = 0; i < units; i++) {
        spikes[fired] = i;
        fired += v[i] > 1.0;
    }
    return fired;
}

/* Rows of the weights added one after the other, four in one passage over v. */
static void deliver(const int32_t *spikes, int32_t fired, const double *restrict weights, int32_t units,
                    double *restrict v)
{
    int32_t k = 0;
    for (; k + 3 < fired; k += 4) {
        const double *a = weights + (int64_t)spikes[k] * units, *b = weights + (int64_t)spikes[k + 1] * units;
        const double *c = weights + (int64_t)spikes[k + 2] * units, *d = weights + (int64_t)spikes[k + 3] * units;
        for (int32_t i = 0; i < units; i++)
            v[i] = (((v[i] + a[i]) + b[i]) + c[i]) + d[i];
    }
    for (; k < fired; k++) {
        const double *a = weights + (int64_t)spikes[k] * units;
        for (int32_t i = 0; i < units; i++)
            v[i] += a[i];
    }
}

int64_t layers(const double *input, int32_t inputs, const double *first, int32_t trials, int32_t steps,
               int32_t number, const int32_t *sizes, const double *const *weights, const double *const *bias,
               double gain, int32_t threads, int64_t *counts)
{
    int32_t units = 0;
    int64_t total = 0;
    for (int32_t l = 0; l < number; l++)
        units += sizes[l];
#pragma omp parallel for num_threads(threads) reduction(+ : total) schedule(dynamic, 1)
    for (int32_t trial = 0; trial < trials; trial++) {
        double *v = calloc(units, sizeof *v), *drive = malloc(units * sizeof *drive);
        int32_t *spikes = malloc(units * sizeof *spikes);
        int64_t *count = counts + (int64_t)trial * units;
        int32_t at = 0;
        for (int32_t l = 0; l < number; at += sizes[l++])
            for (int32_t i = 0; i < sizes[l]; i++)
                drive[at + i] = bias[l][i];
        apply(input + (int64_t)trial * inputs, inputs, first, sizes[0], drive);
        for (int32_t i = 0; i < units; i++) {
            drive[i] *= gain;
            count[i] = 0;
        }
        for (int32_t step = 0; step < steps; step++) {
            for (int32_t i = 0; i < units; i++)
                v[i] += drive[i];
            /* From the last layer back, so that a layer has spiked before anything of this step reaches it. */
            int32_t from = units;
            for (int32_t l = number - 1; l >= 0; l--) {
                from -= sizes[l];
                int32_t fired = above(v + from, sizes[l], spikes);
                for (int32_t k = 0; k < fired; k++) {
                    v[from + spikes[k]] -= 1.0;
                    count[from + spikes[k]]++;
                }
                if (l + 1 < number)
                    deliver(spikes, fired, weights[l], sizes[l + 1], v + from + sizes[l]);
                total += fired;
            }
        }
        free(v), free(drive), free(spikes);
    }
    return total;
}
