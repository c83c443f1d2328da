/* A recurrent network of leaky ReLU units, Euler's method; the mean activity from step `settle` on is returned.
 *
 * Row j of the weights holds what unit j does to every other one; a silent unit costs nothing. The uniform lateral
 * inhibition takes one sum instead of a matrix.
 */
#include <stdint.h>
#include <stdlib.h>

void rates(const double *bias, int32_t units, const double *weights, double inhibition, double share, int32_t settle,
           int32_t steps, double *mean)
{
    double *rate = calloc(units, sizeof *rate), *drive = malloc(units * sizeof *drive);
    for (int32_t i = 0; i < units; i++)
        mean[i] = 0.0;
    for (int32_t step = 0; step < steps; step++) {
        double sum = 0.0;
        for (int32_t i = 0; i < units; i++)
            sum += rate[i];
        for (int32_t i = 0; i < units; i++)
            drive[i] = bias[i] - inhibition * (sum - rate[i]);
        for (int32_t j = 0; j < units; j++)
            if (rate[j] > 0.0)
                for (int32_t i = 0; i < units; i++)
                    drive[i] += weights[(int64_t)j * units + i] * rate[j];
        if (step >= settle)
            for (int32_t i = 0; i < units; i++)
                mean[i] += rate[i] / (steps - settle);
        for (int32_t i = 0; i < units; i++)
            rate[i] += share * ((drive[i] > 0.0 ? drive[i] : 0.0) - rate[i]);
    }
    free(rate), free(drive);
}
