/* A feed-forward network of integrate-and-fire units without leak, reset by subtraction, event-driven, per trial.
 *
 * Per step: every layer moves by its drive and spikes above 1; then the spikes are delivered, each as one row of
 * weights added to the next layer (which sees them in the next step), and 1 is subtracted. weights[l] has rows of
 * sizes[l + 1] entries, one row per unit of layer l; layer 0 has the drives of its trial, the others their bias.
 */
#include <stdint.h>
#include <stdlib.h>

/* What constant inputs contribute: rows of the weights times the inputs that are not 0. */
static void apply(const double *input, int32_t inputs, const double *weights, int32_t units, double *drive)
{
    for (int32_t j = 0; j < inputs; j++)
        if (input[j] != 0.0)
            for (int32_t i = 0; i < units; i++)
                drive[i] += weights[(int64_t)j * units + i] * input[j];
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
                int32_t fired = 0;
                for (int32_t i = 0; i < sizes[l]; i++) {
                    spikes[fired] = i;
                    fired += v[from + i] > 1.0;
                }
                double *next = v + from + sizes[l];
                for (int32_t k = 0; k < fired; k++) {
                    v[from + spikes[k]] -= 1.0;
                    count[from + spikes[k]]++;
                    if (l + 1 < number) {
                        const double *row = weights[l] + (int64_t)spikes[k] * sizes[l + 1];
                        for (int32_t i = 0; i < sizes[l + 1]; i++)
                            next[i] += row[i];
                    }
                }
                total += fired;
            }
        }
        free(v), free(drive), free(spikes);
    }
    return total;
}
