// What the golden tests of networks compute on: the processor, or what GILL_TEST_DEVICE names. Must never be skipped where the
// device does not open: whoever names one wants to know.
import { devices } from '../../core/device.ts';
import { oneOf } from '../../core/read-value.ts';

export const testDevice = oneOf('GILL_TEST_DEVICE', process.env['GILL_TEST_DEVICE'] ?? 'cpu', devices);
