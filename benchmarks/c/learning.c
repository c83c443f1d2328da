/* One image of an unsupervised learner: instantaneous input, thresholds that rise, inhibition of all others, weights that
 * change at the spikes of the units. Weights by source (row j: those of input j), rest 0, threshold 1 + theta.
 *
 * Per step: update, threshold, input spikes, inhibition, change of weights, reset. Refractory units take no input. At the
 * end the weights of the units that spiked are scaled to the sum `norm` (0: they stay).
 */
#include <stdint.h>
#include <stdlib.h>

int64_t learning(int32_t inputs, int32_t units, int32_t steps, double decay, double reset, int32_t refractory,
                 double theta_decay, double theta_plus, double inhibit, double trace_decay, double eta, double offset,
                 double w_max, double gain, double norm, const int64_t *in_edges, const int32_t *in_units, double *w,
                 double *theta)
{
    double *v = calloc(units, sizeof *v), *x = calloc(inputs, sizeof *x);
    int32_t *ready = calloc(units, sizeof *ready), *fired = malloc(units * sizeof *fired);
    uint8_t *changed = calloc(units, sizeof *changed);
    int64_t total = 0;
    for (int32_t t = 0; t < steps; t++) {
        int32_t count = 0;
        for (int32_t j = 0; j < inputs; j++)
            x[j] *= trace_decay;
        for (int32_t i = 0; i < units; i++) {
            theta[i] *= theta_decay;
            v[i] = t >= ready[i] ? decay * v[i] : v[i];
        }
        for (int32_t i = 0; i < units; i++)
            if (v[i] > 1.0 + theta[i] && t >= ready[i]) {
                fired[count++] = i;
                ready[i] = t + refractory;
            }
        for (int64_t k = in_edges[t]; k < in_edges[t + 1]; k++) {
            const double *row = w + (int64_t)in_units[k] * units;
            for (int32_t i = 0; i < units; i++)
                v[i] += ready[i] <= t ? gain * row[i] : 0.0;
            x[in_units[k]] = 1.0;
        }
        for (int32_t k = 0; k < count; k++)
            for (int32_t i = 0; i < units; i++)
                v[i] -= i != fired[k] && ready[i] <= t ? inhibit : 0.0;
        for (int32_t k = 0; k < count; k++) {
            double *column = w + fired[k];
            for (int32_t j = 0; j < inputs; j++) {
                double a = eta * x[j] - eta * offset, *c = column + (int64_t)j * units;
                *c += a > 0.0 ? a * (w_max - *c) : a * *c;
                *c = *c < 0.0 ? 0.0 : *c > w_max ? w_max : *c;
            }
            v[fired[k]] = reset;
            changed[fired[k]] = 1;
            theta[fired[k]] += theta_plus;
        }
        total += count;
    }
    for (int32_t i = 0; i < units && norm > 0.0; i++)
        if (changed[i]) {
            double sum = 0.0;
            for (int32_t j = 0; j < inputs; j++)
                sum += w[(int64_t)j * units + i];
            for (int32_t j = 0; j < inputs; j++) {
                double *c = w + (int64_t)j * units + i;
                *c *= norm / sum;
                *c = *c > w_max ? w_max : *c;
            }
        }
    free(v), free(x), free(ready), free(fired), free(changed);
    return total;
}
