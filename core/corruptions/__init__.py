"""Images made harder: nine changes of adjustable strength, the fifteen corruptions of MNIST-C, and attacks."""
