"""How satvo is served: protocols, jobs, pages, and the command line."""

import os

# Before numpy is loaded, which reads it then. Requests have threads of their own; those of BLAS
# wait for each other in loops, and the search for passes takes twice the processor time with them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
