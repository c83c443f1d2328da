/* Independent leaky integrate-and-fire units at constant drive, counted: a bound for what any simulator can reach.
 *
 * Rest and reset 0, threshold 1, at least one step of silence. Units go through all steps in blocks that stay in the
 * first-level cache, which only units without connections allow. A silenced unit has its input taken away and so stays
 * at 0; a ring of lists says who gets it back in which step. What is done for every unit is one multiplication and one
 * addition.
 */
#include <stdint.h>
#include <stdlib.h>

#define BLOCK 32

int64_t independent(const double *drive, int32_t units, int32_t steps, double decay, int32_t refractory,
                    int32_t threads, int64_t *counts)
{
    int64_t total = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : total) schedule(static)
    for (int32_t first = 0; first < units; first += BLOCK) {
        double v[BLOCK] = {0}, input[BLOCK] = {0};
        int32_t size = units - first < BLOCK ? units - first : BLOCK;
        int32_t *silent = malloc(refractory * BLOCK * sizeof *silent), *number = calloc(refractory, sizeof *number);
        for (int32_t i = 0; i < size; i++) {
            input[i] = drive[first + i] - decay * drive[first + i];
            counts[first + i] = 0;
        }
        for (int32_t step = 0; step < steps; step++) {
            int32_t slot = step % refractory;
            for (int32_t k = 0; k < number[slot]; k++) {
                int32_t i = silent[slot * BLOCK + k];
                input[i] = drive[first + i] - decay * drive[first + i];
            }
            number[slot] = 0;
            int64_t any = 0;
            for (int32_t i = 0; i < BLOCK; i++) {
                v[i] = input[i] + decay * v[i];
                any |= v[i] > 1.0;
            }
            if (!any)
                continue;
            for (int32_t i = 0; i < size; i++)
                if (v[i] > 1.0) {
                    silent[slot * BLOCK + number[slot]++] = i;
                    v[i] = input[i] = 0.0;
                    counts[first + i]++;
                    total++;
                }
        }
        free(silent), free(number);
    }
    return total;
}
