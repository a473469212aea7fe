/* What lossfn.h has beside the functions on arrays: the instruction sets, the
   sentences of errors, and the losses of one value on any bits, which must agree
   with the functions on arrays. */
#include "heap.h"
#include "lossfn.h"

/* The inline form gives what the array function of one element gives: their NaNs
   may differ in sign. */
static int same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

#define ELEM_OF(type, bits, name, arguments, array_arguments) \
    { \
        const type x = (type)number(), y = (type)number(); \
        type g = 0, h = 0, loss, array_loss = 0, array_g = 0, array_h = 0; \
        const lossfn_options_##bits *options = NULL; \
        int status; \
        loss = lossfn_##name##_elem_##bits arguments; \
        status = lossfn_##name##_##bits array_arguments; \
        if (status == LOSSFN_OK && lossfn_isa() == 0) \
            must(same((double)loss, (double)array_loss) && same((double)g, (double)array_g) && same((double)h, (double)array_h), \
                 #name "_elem_" #bits " is " #name "_" #bits); \
        (void)y; \
    }
#define ELEM(name, arguments, array_arguments) \
    if (wide) ELEM_OF(double, f64, name, arguments, array_arguments) \
    else ELEM_OF(float, f32, name, arguments, array_arguments)
#define OUTPUTS options, &array_loss, &array_g, &array_h

static void elements(int wide)
{
    const double p64 = number(), q64 = number();
    const int log_input = byte() & 1, full = byte() & 1;
    const float p = (float)p64, q = (float)q64;
    switch (byte() % 10) {
    case 0: ELEM(mse, (x, y, &g, &h), (&x, &y, 1, OUTPUTS)) break;
    case 1: ELEM(mae, (x, y, &g, &h), (&x, &y, 1, OUTPUTS)) break;
    case 2: ELEM(huber, (x, y, p, &g, &h), (&x, &y, 1, (double)p, OUTPUTS)) break;
    case 3: ELEM(smooth_l1, (x, y, p, &g, &h), (&x, &y, 1, (double)p, OUTPUTS)) break;
    case 4: ELEM(log_cosh, (x, y, p, &g, &h), (&x, &y, 1, (double)p, OUTPUTS)) break;
    case 5: ELEM(quantile, (x, y, p, &g, &h), (&x, &y, 1, (double)p, OUTPUTS)) break;
    case 6: ELEM(poisson_nll, (x, y, log_input, full, p, &g, &h), (&x, &y, 1, log_input, full, (double)p, OUTPUTS)) break;
    case 7: ELEM(bce_with_logits, (x, y, p, &g, &h), (&x, &y, 1, (double)p, OUTPUTS)) break;
    case 8: ELEM(squared_hinge, (x, y, &g, &h), (&x, &y, 1, OUTPUTS)) break;
    default: ELEM(elastic_net, (x, p, q, &g, &h), (&x, 1, (double)p, (double)q, OUTPUTS)) break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int calls;
    at = data;
    end = data + size;
    (void)lossfn_isa_force(LOSSFN_ISA_SCALAR);
    for (calls = 0; calls < 8; calls++)
        switch (byte() % 4) {
        case 0: {
            const int isa = option(5);
            const int before = lossfn_isa();
            must(lossfn_isa_force(isa) ? lossfn_isa() == isa : lossfn_isa() == before, "isa_force forces what it accepts and else changes nothing");
            must(lossfn_isa_name(isa) != NULL, "every instruction set has a name");
            break;
        }
        case 1: must(lossfn_strerror(option(9)) != NULL && lossfn_strerror(option(9))[0], "every status has a sentence"); break;
        default: elements(byte() & 1); break;
        }
    return 0;
}
