/* The assets that the native example tells of, as its records refer to them. */

const production = { provider: 'AWS', account_id: '111111111111', region: 'eu-west-1' }
const development = { provider: 'AWS', account_id: '222222222222', region: 'eu-west-1' }
const cluster = { provider: 'KUBE', account_id: 'larkspur-prod' }
const shop = { provider: 'GCP', account_id: 'larkspur-shop', region: 'europe-west1' }

export const web = {
  id: 'arn:aws:ec2:eu-west-1:111111111111:instance/i-0a11c5e2d7b94f001',
  name: 'web-1',
  native_type: 'AWS::EC2::Instance',
  ...production,
  labels: ['Public'],
}
export const releaseRole = {
  id: 'arn:aws:iam::111111111111:role/release-automation',
  name: 'release-automation',
  native_type: 'AWS::IAM::Role',
  ...production,
  labels: ['Admin'],
}
export const webRole = {
  id: 'arn:aws:iam::111111111111:role/web-instance',
  name: 'web-instance',
  native_type: 'AWS::IAM::Role',
  ...production,
}
export const invoices = {
  id: 'arn:aws:s3:::larkspur-invoices',
  name: 'larkspur-invoices',
  native_type: 'AWS::S3::Bucket',
  ...production,
  labels: ['Public', 'Sensitive'],
}
export const internet = {
  id: 'internet',
  name: 'Internet',
  native_type: 'Internet',
  resource_type: 'Network',
  provider: 'AWS',
  account_id: '111111111111',
}
export const tobias = {
  id: 'arn:aws:iam::222222222222:user/tobias',
  name: 'tobias',
  native_type: 'AWS::IAM::User',
  ...development,
}
export const devAdmin = {
  id: 'arn:aws:iam::222222222222:role/dev-admin',
  name: 'dev-admin',
  native_type: 'AWS::IAM::Role',
  ...development,
  labels: ['Admin'],
}
export const storefront = {
  id: 'k8s://larkspur-prod/web/Deployment/storefront',
  name: 'storefront',
  native_type: 'Deployment',
  ...cluster,
  region: 'web',
  labels: ['Public'],
}
export const deployer = {
  id: 'k8s://larkspur-prod/web/ServiceAccount/ci-deploy',
  name: 'ci-deploy',
  native_type: 'ServiceAccount',
  ...cluster,
  region: 'web',
}
export const clusterAdmin = {
  id: 'k8s://larkspur-prod//ClusterRole/cluster-admin',
  name: 'cluster-admin',
  native_type: 'ClusterRole',
  ...cluster,
  labels: ['Admin'],
}
export const worker = {
  id: '4000000000000000002',
  name: 'shop-worker-1',
  native_type: 'compute.googleapis.com/Instance',
  ...shop,
}
export const gcpDeployer = {
  id: 'deployer@larkspur-shop.iam.gserviceaccount.com',
  name: 'deployer',
  native_type: 'iam.googleapis.com/ServiceAccount',
  ...shop,
  region: 'global',
  labels: ['Admin'],
}
