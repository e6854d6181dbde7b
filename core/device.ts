// What a process computes on. `auto` is a wish, never an answer: whatever reports a device reports one of `devices`.
export const devices = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof devices)[number];

export const deviceChoices = ['auto', ...devices] as const;
/** What DEVICE may say. */
export type DeviceChoice = (typeof deviceChoices)[number];
