/** How long a URL works when its caller does not say, as in MLflow. */
export const PRESIGNED_SECONDS = 300
