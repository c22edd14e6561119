"""Uploads that are too big are read past, not kept: neither the memory nor the disk fills."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class Quota(FileUploadHandler):
    """Leaves out the files of a request above the limit, and says so on it: `request.upload_too_big`."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self._too_big = content_length > settings.INTAKE_MAX_BYTES

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if self._too_big:
            self.request.upload_too_big = True
            raise SkipFile

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None
