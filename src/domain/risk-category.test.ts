import { describe, expect, it } from 'vitest'
import { checksByCategory } from './risk-category-table.ts'
import { riskCategories, riskCategoryOf } from './risk-category.ts'

describe('riskCategoryOf', () => {
  it.each([
    ['Administrator Access Compromise', 'iam_no_root_access_key', 'iam', ['identity-access']],
    ['Administrator Access Compromise', 'iam_user_administrator_access_policy', 'iam', []],
    ['Administrator Access Compromise', 'rbac_cluster_admin_usage', 'rbac', ['cluster-security']],
    ['Administrator Access Compromise', 'entra_global_admin_in_less_than_five_users', 'entra', []],
    [
      'Cross Account',
      'iam_role_cross_service_confused_deputy_prevention',
      'iam',
      ['trust-boundaries'],
    ],
    ['Cross Account', 's3_bucket_cross_account_access', 's3', ['trust-boundaries']],
    ['Cross Account', 'storage_cross_tenant_replication_disabled', 'storage', ['trust-boundaries']],
    ['Data Exposure', 's3_bucket_public_access', 's3', ['internet-exposed']],
    ['Data Exposure', 'rds_snapshots_public_access', 'rds', ['internet-exposed']],
    ['Data Exposure', 'ec2_ebs_public_snapshot', 'ec2', ['internet-exposed']],
    ['Data Exposure', 'cloudstorage_bucket_public_access', 'cloudstorage', ['internet-exposed']],
    ['Neglected Resource', 'iam_rotate_access_key_90_days', 'iam', ['secrets']],
    ['Neglected Resource', 'iam_user_accesskey_unused', 'iam', ['secrets']],
    ['Neglected Resource', 'ec2_securitygroup_not_used', 'ec2', ['trust-boundaries']],
    ['Neglected Resource', 'ec2_elastic_ip_unassigned', 'ec2', ['internet-exposed']],
    [
      'Privilege Escalation',
      'iam_policy_allows_privilege_escalation',
      'iam',
      ['privilege-escalation'],
    ],
    ['Privilege Escalation', 'rbac_minimize_secret_access', 'rbac', ['secrets']],
    ['Privilege Escalation', 'core_minimize_allowPrivilegeEscalation_containers', 'core', []],
    ['Risky Configurations', 'ec2_instance_imdsv2_enabled', 'ec2', ['secrets', 'ec2-imdsv1']],
    ['Risky Configurations', 'core_minimize_hostPID_containers', 'core', ['trust-boundaries']],
    [
      'Risky Configurations',
      'ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22',
      'ec2',
      ['internet-exposed'],
    ],
    ['Risky Configurations', 'kms_cmk_rotation_enabled', 'kms', ['encryption']],
    [
      'Subdomain Takeover',
      'route53_dangling_ip_subdomain_takeover',
      'route53',
      ['internet-exposed'],
    ],
    ['Vulnerable Public Workload', 'ec2_instance_port_ssh_exposed_to_internet', 'ec2', []],
    [
      'Vulnerable Public Workload',
      'awslambda_function_url_public',
      'awslambda',
      ['internet-exposed'],
    ],
    ['Vulnerable Public Workload', 'compute_instance_public_ip', 'compute', ['internet-exposed']],
  ])('knows as %s: %s', (category, check, service, categories) => {
    const found = riskCategoryOf({ check, service, categories })

    expect(found).toEqual({ category, known: true })
  })

  it.each([
    ['Vulnerable Public Workload', 'ec2', ['internet-exposed', 'trust-boundaries']],
    ['Privilege Escalation', 's3', ['internet-exposed', 'privilege-escalation']],
    ['Cross Account', 'iam', ['trust-boundaries', 'secrets']],
    ['Data Exposure', 'S3', ['Internet_Exposed', 'logging']],
    ['Risky Configurations', 'acme', ['internet-exposed']],
    ['Risky Configurations', 'ec2', ['trustboundaries']],
  ])('files a check it has never heard of under %s: %s %j', (category, service, categories) => {
    const found = riskCategoryOf({ check: 'acme_new_check', service, categories })

    expect(found).toEqual({ category, known: true })
  })

  it('falls back where neither check nor categories say anything', () => {
    const found = riskCategoryOf({ check: 'acme_new_check', service: 's3', categories: ['misc'] })

    expect(found).toEqual({ category: 'Risky Configurations', known: false })
  })

  it('lists each check once', () => {
    const checks = riskCategories.flatMap((each) => checksByCategory[each].trim().split(/\s+/))

    expect(checks.filter((check, at) => checks.indexOf(check) !== at)).toEqual([])
  })
})
