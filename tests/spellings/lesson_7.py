"""Lesson 7: bits per dimension."""

MISTAKES = {
    "bits_per_dim": {
        "no_log_2": "nats / size(x_shape[1:])",
        "times_log_2": "nats / size(x_shape[1:]) * math.log(2)",
        "divided_by_everything": "nats / size(x_shape) / math.log(2)",
        "divided_by_batch": "nats / x_shape[0] / math.log(2)",
        "not_divided": "nats / math.log(2)",
        "log10": "nats / (size(x_shape[1:]) * math.log10(2))",
        "negative": "-nats / size(x_shape[1:]) / math.log(2)",
        "average": "mean(nats) / (size(x_shape[1:]) * math.log(2))",
    },
}
