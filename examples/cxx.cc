// The headers from C++11: the same functions, the implementation compiled as C++ in
// this file, containers and exceptions around it. Fits a line to noisy points.
#define LOSSFN_IMPLEMENTATION
#define OPTIM_IMPLEMENTATION
#define METRICS_IMPLEMENTATION
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace {

void check(int status)
{
    if (status != LOSSFN_OK) throw std::invalid_argument(lossfn_strerror(status));
}

void check_step(int status)
{
    if (status != OPTIM_OK) throw std::invalid_argument(optim_strerror(status));
}

// The state that an optimizer needs lives where the parameters live.
class Adam {
public:
    Adam(std::size_t n, double lr) : config(optim_adam_defaults()), step(0), m(n), v(n) { config.lr = lr; }
    void operator()(std::vector<double> &param, const std::vector<double> &grad)
    {
        check_step(optim_adam_f64(&config, ++step, param.size(), param.data(), grad.data(), m.data(), v.data()));
    }

private:
    optim_adam_config config;
    std::int64_t step;
    std::vector<double> m, v;
};

int run()
{
    const std::size_t n = 100;
    std::vector<double> x(n), y(n), pred(n), grad_pred(n), param(2), grad(2);
    for (std::size_t i = 0; i < n; i++) {
        x[i] = static_cast<double>(i) / n;
        y[i] = 3 * x[i] + 0.5 + (i % 2 ? 0.1 : -0.1);
    }
    Adam adam(param.size(), 0.05);
    double loss = 0;
    for (int epoch = 0; epoch < 1000; epoch++) {
        for (std::size_t i = 0; i < n; i++) pred[i] = param[0] * x[i] + param[1];
        check(lossfn_mse_f64(pred.data(), y.data(), n, nullptr, &loss, grad_pred.data(), nullptr));
        grad[0] = grad[1] = 0;
        for (std::size_t i = 0; i < n; i++) {
            grad[0] += grad_pred[i] * x[i];
            grad[1] += grad_pred[i];
        }
        adam(param, grad);
    }
    metrics_mean mean = {};
    for (std::size_t i = 0; i < n; i++) metrics_mean_update(pred[i] - y[i], 1, &mean);
    double bias = 1;
    metrics_mean_result(&mean, &bias);
    std::printf("y = %.4f x + %.4f, loss %.5f, mean error %.1g\n", param[0], param[1], loss, std::fabs(bias));

    bool refused = false;
    try {
        check(lossfn_huber_f64(pred.data(), y.data(), n, -1, nullptr, &loss, nullptr, nullptr));
    } catch (const std::invalid_argument &e) {
        std::printf("delta -1: %s\n", e.what());
        refused = true;
    }
    return refused && std::fabs(param[0] - 3) < 0.02 && std::fabs(param[1] - 0.5) < 0.02 && std::fabs(bias) < 1e-6 ? 0 : 1;
}

}

int main()
{
    const int wrong = run();
    if (wrong) std::fprintf(stderr, "cxx: a result is wrong\n");
    return wrong;
}
