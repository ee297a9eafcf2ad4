/*
 * What the checks of posture scanners are about. Ids, services and categories are those of Prowler's
 * check metadata (4.5 to 5.46); which category each belongs to is ours, by the meanings of the eight:
 * an identity that is admin already, one that can become more, a door to another account, data that
 * outsiders can read, a workload that outsiders can reach, a name that anyone can claim, something
 * nobody looks after, and, for the rest, a setting that makes an attack easier.
 */

/** Checks whose name or categories would lead astray, or say nothing. */
export const checksByCategory = {
  'Subdomain Takeover': `
    cloudfront_distributions_s3_origin_non_existent_bucket
    route53_dangling_ip_subdomain_takeover
  `,
  'Vulnerable Public Workload': `
    ec2_elastic_ip_shodan
    ec2_confidential_workload_host_unrestricted_ingress
    lightsail_instance_public
  `,
  'Administrator Access Compromise': `
    apiserver_anonymous_requests
    entra_conditional_access_policy_require_mfa_for_admin_portals
    entra_privileged_user_has_mfa
    iam_avoid_root_usage
    iam_policy_cloudshell_admin_not_attached
    iam_role_user_access_admin_restricted
    kubelet_disable_anonymous_auth
    organizations_delegated_administrators
  `,
  'Privilege Escalation': `
    bedrock_full_access_policy_attached
    ec2_instance_profile_attached
    iam_custom_role_has_permissions_to_administer_resource_locks
    iam_policy_attached_only_to_group_or_roles
    s3_bucket_shadow_resource_vulnerability
  `,
  'Cross Account': `
    codebuild_project_uses_allowed_github_organizations
    iam_workload_identity_pool_provider_attribute_condition
    secretsmanager_has_restrictive_resource_policy
  `,
  'Data Exposure': `
    compute_image_not_publicly_shared
    ec2_ami_account_block_public_access
    ec2_ami_public
    ec2_ebs_public_snapshot
    ec2_ebs_snapshot_account_block_public_access
    lightsail_database_public
    monitor_storage_account_with_activity_logs_is_private
  `,
  'Risky Configurations': `
    account_maintain_current_contact_details
    account_security_contact_information_is_registered
    account_security_questions_are_registered_in_the_aws_account
    apigateway_restapi_waf_acl_attached
    appstream_fleet_maximum_session_duration
    appstream_fleet_session_disconnect_timeout
    artifacts_container_analysis_enabled
    cloudfront_distributions_default_root_object
    cloudstorage_bucket_lifecycle_management_enabled
    compute_instance_suspended_without_persistent_disks
    ec2_securitygroup_from_launch_wizard
    elasticache_redis_cluster_auto_minor_version_upgrades
    elb_desync_mitigation_mode
    elbv2_alb_drop_invalid_header_fields_enabled
    elbv2_desync_mitigation_mode
    elbv2_waf_acl_attached
    entra_trusted_named_locations_exists
    fsx_file_system_copy_tags_to_volumes_enabled
    guardduty_ai_protection_enabled
    guardduty_centrally_managed
    guardduty_ec2_malware_protection_enabled
    guardduty_eks_runtime_monitoring_enabled
    guardduty_lambda_protection_enabled
    guardduty_no_high_severity_findings
    guardduty_rds_protection_enabled
    guardduty_runtime_monitoring_enabled
    guardduty_s3_protection_enabled
    inspector2_active_findings_exist
    inspector2_is_enabled
    neptune_cluster_copy_tags_to_snapshots
    organizations_tags_policies_enabled_and_attached
    policy_ensure_asc_enforcement_enabled
    rds_cluster_copy_tags_to_snapshots
    rds_cluster_non_default_port
    rds_instance_copy_tags_to_snapshots
    rds_instance_non_default_port
    s3_bucket_lifecycle_enabled
    securityhub_enabled
    trustedadvisor_errors_and_warnings
    vm_desired_sku_size
    waf_global_rulegroup_not_empty
    waf_global_webacl_with_rules
    waf_regional_rule_with_conditions
    waf_regional_rulegroup_not_empty
    waf_regional_webacl_with_rules
  `,
  'Neglected Resource': `
    compute_snapshot_not_outdated
    ec2_instance_paravirtual_type
    entra_app_registration_credential_not_expired
    entra_user_with_recent_sign_in
    iam_customer_unattached_policy_no_administrative_privileges
    iam_user_no_setup_initial_access_key
    iam_user_two_active_access_key
    iam_user_with_temporary_credentials
  `,
} as const

/** Words in a check's id that say what it is about; the first line that fits wins. */
export const checkPatterns = [
  ['Subdomain Takeover', /takeover|dangling/],
  [
    'Administrator Access Compromise',
    /administrat(?:or|ive)_?(?:access|privileges)|admin_privileges|cluster_admin|global_admin|roles_owner|(?:^|_)root_(?:access_key|hardware_mfa|mfa|credentials)/,
  ],
  [
    'Privilege Escalation',
    /privilege_?escalation|passrole|permissive_role_assumption|full_access_to|no_wildcard|access_token_wildcard|separation_of_duties|no_service_roles_at|^rbac_minimize_/,
  ],
  [
    'Cross Account',
    /cross_?(?:account|tenant)|confused_deputy|trust_boundaries|trust_restricts|untrusted|within_organization_only|auto_accept/,
  ],
  ['Data Exposure', /public_snapshot|snapshots?_public|public_access_block|public_write/],
  ['Vulnerable Public Workload', /_exposed_to_internet$/],
  [
    'Neglected Resource',
    /unused|not_used|unassigned|(?:^|_)stale(?:_|$)|outdated|deprecated_engine|no_expired|certificates?_expiration|older_(?:than|90)|rotate_access_key|rotated_(?:in|periodically)|key_rotat\w*_90_days|secret_rotation|automatic_rotation|supported_(?:runtimes|version)|runtime_supported/,
  ],
] as const

/** The scanner's own categories, as a last word, in lower case without punctuation. */
export const riskyCategories = `
  cicd clustersecurity containersecurity e3 e5 ec2imdsv1 emailsecurity encryption forensicsready genai
  identityaccess internetexposed logging nodesecurity redundancy resilience secrets
  softwaresupplychain threatdetection trustboundaries vulnerabilities
`

/** Services that hold what is worth reading: exposed to the internet, they expose data. */
export const dataServices = `
  aisearch athena backup bigquery cloudsql cloudstorage cloudtrail cloudwatch codeartifact
  containerregistry cosmosdb databricks dax documentdb dynamodb ecr efs elasticache eventbridge fsx
  glacier glue kafka keyvault kinesis kms memorydb mysql neptune opensearch postgresql rds redshift
  s3 secretmanager secretsmanager sns sqlserver sqs ssm storage timestream
`

/** Services that run code: exposed to the internet, they are public workloads. */
export const workloadServices = `
  aks apigateway apigatewayv2 app appengine appstream autoscaling awslambda batch cloudfunction
  cloudrun codebuild compute core ec2 ecs eks elasticbeanstalk elb elbv2 emr gke lambda lightsail mq
  sagemaker vertexai vm workspaces
`

/** Services that say who may do what: a crossed trust boundary there is another account's way in. */
export const identityServices = `entra iam organizations rolesanywhere sts`

/** Checks of what filters or routes traffic: of themselves they expose nothing that runs. */
export const trafficControl =
  /security_?group|network_?acl|firewall|launch_template|subnet|_nsg|waf|ddos|bastion|_vpc_|configuration_no_public_ip/
