"""What finds trails: one module each, registered under the entry points `satvo.detectors`."""
