/* SPDX-License-Identifier: Apache-2.0 */
/* A team of threads that compute, and never a socket. */
#include <stdio.h>

int main(void)
{
	double sum = 0;

	for (int round = 0; round < 10; round++) {
#pragma omp parallel for reduction(+ : sum) num_threads(4)
		for (int i = 0; i < 100000; i++)
			sum += i;
	}
	printf("%.0f\n", sum);
	return 0;
}
