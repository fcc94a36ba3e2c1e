// Where NVIDIA's driver says what goes wrong with vGPUs, and what reports say about its lines.

import type { Logs } from "../framework.ts";

export const logs: Logs = {
  kernel: /\bNVRM\b/,
  devices: /vgpu/i,
  unit: "nvidia-vgpu-mgr",
  meanings: [
    [
      /Failed to add vgpu create request: 0x38/,
      "A VF could not have the type that was asked for: another size was active, there was no memory, or with MIG no instance behind it.",
    ],
    [
      /Timeout occurred in event processing by vgpu_mgr/,
      "Seen on NVLink systems while nvidia-vgpu-mgr starts: a start some seconds later succeeds.",
    ],
  ],
};
