/* A recurrent network of leaky integrate-and-fire units with delta synapses and one delay, event-driven.
 *
 * Rest and reset 0, threshold 1. Per step: state update, threshold, input spikes of this step, spikes of the step that
 * lies one delay back (sources ascending). Rows of the two matrices belong to sources: row j is the entries start[j]
 * to start[j + 1]. Spikes are kept in their order, so those of the last steps, a stretch of the list, are the silent
 * units: their own input is taken away, and what arrived is wiped out again, which is cheaper than to ask before every
 * addition.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void deliver(const int32_t *sources, int64_t number, const int32_t *start, const int32_t *target,
                    const double *weight, double *v)
{
    for (int64_t k = 0; k < number; k++)
        for (int32_t s = start[sources[k]]; s < start[sources[k] + 1]; s++)
            v[target[s]] += weight[s];
}

/* Input spikes of step t are in_units[in_edges[t]] to in_units[in_edges[t + 1]], own spikes likewise in spike_units,
 * which has room for that many. Returns the number of spikes, or -1 where they do not fit. */
int64_t recurrent(const double *drive, int32_t units, int32_t steps, double decay, int32_t refractory, int32_t delay,
                  const int32_t *start, const int32_t *target, const double *weight,
                  const int32_t *in_start, const int32_t *in_target, const double *in_weight,
                  const int64_t *in_edges, const int32_t *in_units,
                  int64_t room, int32_t *spike_units, int64_t *edges)
{
    int32_t words = (units + 7) / 8;
    double *v = calloc(units, sizeof *v), *input = malloc(units * sizeof *input);
    uint8_t *above = calloc(words, 8);
    int64_t total = 0;
    for (int32_t i = 0; i < units; i++)
        input[i] = drive[i] - decay * drive[i];
    for (int32_t step = 0; step < steps; step++) {
        if (step >= refractory)
            for (int64_t k = edges[step - refractory]; k < edges[step - refractory + 1]; k++)
                input[spike_units[k]] = drive[spike_units[k]] - decay * drive[spike_units[k]];
        for (int32_t i = 0; i < units; i++) {
            v[i] = input[i] + decay * v[i];
            above[i] = v[i] > 1.0;
        }
        edges[step] = total;
        if (total + units > room) {
            total = -1;
            break;
        }
        for (int32_t w = 0; w < words; w++) {
            uint64_t eight;
            memcpy(&eight, above + 8 * w, 8);
            if (eight)
                for (int32_t i = 8 * w; i < 8 * w + 8; i++)
                    if (above[i]) {
                        spike_units[total++] = i;
                        input[i] = 0.0;
                    }
        }
        edges[step + 1] = total;
        deliver(in_units + in_edges[step], in_edges[step + 1] - in_edges[step], in_start, in_target, in_weight, v);
        if (step >= delay)
            deliver(spike_units + edges[step - delay], edges[step - delay + 1] - edges[step - delay], start, target,
                    weight, v);
        for (int64_t k = edges[step - refractory + 1 > 0 ? step - refractory + 1 : 0]; k < total; k++)
            v[spike_units[k]] = 0.0;
    }
    free(v), free(input), free(above);
    return total;
}
