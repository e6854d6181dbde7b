// Figures that the stack is built with and that its price depends on: the constructs and the estimate read them here, so that
// none of them can be one thing in the template and another in the table. Must never hold a price, nor need CDK.

/** An instance without a task is given back after this long, and billed until then. */
export const idleInstanceSeconds = 300;
/** Beside the instance of a GPU worker; it goes with the instance. */
export const taskVolumeGb = 100;
/** Subnets that a load balancer stands in at most, with an address in each; a stack of no account has two zones. */
export const maxZones = 3;
/** Of the controller and the migration. */
export const handlerMegabytes = 256;
