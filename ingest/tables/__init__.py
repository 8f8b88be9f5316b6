"""Tables that strangers upload, one module a format.

`formats.read_table` reads one in this process, in bounded memory; `sandbox.convert_upload` has it
read by a child process of few rights and hands back an Arrow file.

A format is a module with ``read(source, max_columns)``, which gives an `UploadedTable`'s columns
and its batches; the row that `formats` has for it says how a file of it begins.
"""
