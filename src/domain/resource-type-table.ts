import type { ResourceType } from './asset.ts'

/*
 * The clouds' own names of types, and what each is, as words in lower case without punctuation.
 *
 * The names come from the CloudFormation resource type reference, the AWS Security Finding Format
 * (`Resources[].Type`), the Azure resource provider reference, the asset types of GCP's Cloud Asset
 * Inventory, the Kubernetes API reference, and `ResourceType` of Prowler's checks (4.5 to 5.46).
 * Which is which is ours: Compute runs code, Data answers queries or holds secrets, Identity is who
 * may act, Network moves or filters traffic, Storage keeps bytes, Service is whatever else a cloud
 * manages.
 */

/** Beginnings of names, so that a type of a known service is known; the longest that fits wins. */
export const cloudTypes: Readonly<Record<ResourceType, string>> = {
  Compute: `
    awsapprunner awsappstream awsautoscaling awsbatch awscodebuild awsec2 awsecs awseks
    awselasticbeanstalk awsemr awsgamelift awsimagebuilder awslambda awslightsail awssagemaker
    awsworkspaces
    microsoftapp microsoftbatch microsoftclassiccompute microsoftcompute
    microsoftcontainerinstance microsoftcontainerservice microsofthybridcompute
    microsoftmachinelearningservices microsoftweb
    aiplatformgoogleapiscom appenginegoogleapiscom cloudfunctionsgoogleapiscom
    computegoogleapiscom containergoogleapiscom dataflowgoogleapiscom dataprocgoogleapiscom
    gkehubgoogleapiscom notebooksgoogleapiscom rungoogleapiscom workstationsgoogleapiscom
  `,
  Data: `
    awsathena awscassandra awsdatapipeline awsdatazone awsdax awsdms awsdocdb awsdocumentdb
    awsdynamodb awselasticache awselasticsearch awsfirehose awsglue awskafka awskinesis awskms
    awslakeformation awsmemorydb awsmsk awsneptune awsopensearch awsqldb awsquicksight awsrds
    awsredshift awssecretsmanager awsssmparameter awstimestream
    microsoftcache microsoftdatabricks microsoftdatafactory microsoftdatalakeanalytics
    microsoftdbfor microsoftdocumentdb microsofteventhub microsoftkeyvault microsoftkusto
    microsoftpurview microsoftsearch microsoftsql microsoftsynapse
    alloydbgoogleapiscom bigquerygoogleapiscom bigtableadmingoogleapiscom cloudkmsgoogleapiscom
    cloudsqlgoogleapiscom datastoregoogleapiscom firestoregoogleapiscom redisgoogleapiscom
    secretmanagergoogleapiscom spannergoogleapiscom sqladmingoogleapiscom
  `,
  Identity: `
    awsaccessanalyzer awsacmpca awscertificatemanager awscognito awsdirectoryservice awsiam
    awsidentitystore awsrolesanywhere awssso awssts awsverifiedpermissions
    microsoftaad microsoftauthorization microsoftazureactivedirectory microsoftentra
    microsoftgraph microsoftmanagedidentity microsoftusers
    apikeysgoogleapiscom iamgoogleapiscom iapgoogleapiscom identitytoolkitgoogleapiscom
    privatecagoogleapiscom
  `,
  Network: `
    awsapigateway awsappmesh awsappsync awscloudfront awsdirectconnect awsec2clientvpn
    awsec2customergateway awsec2dhcpoptions awsec2egressonlyinternetgateway awsec2eip
    awsec2flowlog awsec2internetgateway awsec2natgateway awsec2networkacl awsec2networkinterface
    awsec2prefixlist awsec2route awsec2securitygroup awsec2subnet awsec2transitgateway awsec2vpc
    awsec2vpn awselasticloadbalancing awselb awsglobalaccelerator awsnetworkfirewall
    awsnetworkmanager awsroute53 awsservicediscovery awsshield awsvpclattice awswaf
    microsoftapimanagement microsoftcdn microsoftclassicnetwork microsoftnetwork
    certificatemanagergoogleapiscom computegoogleapiscomaddress computegoogleapiscombackend
    computegoogleapiscomexternalvpn computegoogleapiscomfirewall
    computegoogleapiscomforwardingrule computegoogleapiscomglobaladdress
    computegoogleapiscomglobalforwardingrule computegoogleapiscominterconnect
    computegoogleapiscomnetwork computegoogleapiscomroute computegoogleapiscomsecuritypolicy
    computegoogleapiscomssl computegoogleapiscomsubnetwork computegoogleapiscomtarget
    computegoogleapiscomurlmap computegoogleapiscomvpn dnsgoogleapiscom
    networkconnectivitygoogleapiscom networksecuritygoogleapiscom networkservicesgoogleapiscom
    vpcaccessgoogleapiscom
  `,
  Service: `
    awsaccount awsamazonmq awsamplify awsbedrock awsbudgets awscloudformation awscloudtrail
    awscloudwatch awscodeartifact awscodecommit awscodedeploy awscodepipeline awscodestar
    awsconfig awscontroltower awsdetective awsdevicefarm awsdrs awsevent awsfms awsguardduty
    awsinspector awsiot awslogs awsmacie awsmediastore awsorganizations awsram awsresourceexplorer
    awsresourcegroups awsscheduler awsschemas awssecurityhub awsservicecatalog awsses awssns
    awssqs awsssm awsstepfunction awssupport awstransfer awstrustedadvisor awswellarchitected
    awsxray
    microsoftadvisor microsoftalertsmanagement microsoftappconfiguration microsoftautomation
    microsoftbotservice microsoftcognitiveservices microsoftdevices microsofteventgrid
    microsoftinsights microsoftlogic microsoftmanagement microsoftnotificationhubs
    microsoftoperationalinsights microsoftoperationsmanagement microsoftpolicyinsights
    microsoftresources microsoftsecurity microsoftservicebus microsoftservicefabric
    microsoftsignalrservice microsoftsubscription
    accessapprovalgoogleapiscom apigatewaygoogleapiscom cloudassetgoogleapiscom
    cloudbillinggoogleapiscom cloudbuildgoogleapiscom cloudresourcemanagergoogleapiscom
    cloudschedulergoogleapiscom cloudtasksgoogleapiscom composergoogleapiscom
    computegoogleapiscomproject essentialcontactsgoogleapiscom logginggoogleapiscom
    monitoringgoogleapiscom orgpolicygoogleapiscom pubsubgoogleapiscom securitycentergoogleapiscom
    serviceusagegoogleapiscom
  `,
  Storage: `
    awsbackup awsdatasync awsdlm awsec2snapshot awsec2volume awsecr awsefs awsfsx awsglacier
    awsrdsdbclustersnapshot awsrdsdbsnapshot awss3 awsstoragegateway
    microsoftclassicstorage microsoftcomputedisks microsoftcomputesnapshots
    microsoftcontainerregistry microsoftdatalakestore microsoftdataprotection microsoftnetapp
    microsoftrecoveryservices microsoftstorage
    artifactregistrygoogleapiscom backupdrgoogleapiscom computegoogleapiscomdisk
    computegoogleapiscomregiondisk computegoogleapiscomsnapshot containerregistrygoogleapiscom
    filegoogleapiscom storagegoogleapiscom
  `,
}

/**
 * Whole names: kinds of Kubernetes, and words of scanners. `other` and `notdefined` are what Prowler
 * writes where a type has no name.
 */
export const wholeTypes: Readonly<Record<ResourceType, string>> = {
  Compute: `
    pod deployment daemonset statefulset replicaset replicationcontroller job cronjob node
    container kubelet runtimeclass horizontalpodautoscaler cluster gkecluster kubernetescluster
    instance vminstance virtualmachine function cloudfunction containerimage image workload
  `,
  Data: `
    secret configmap etcd database databaseinstance dataset cryptokey kmskey keyvault
    azurekeyvault sqlserver cosmosdb keyring
  `,
  Identity: `
    serviceaccount role rolebinding clusterrole clusterrolebinding user group
    certificatesigningrequest apikey serviceaccountkey azureiam azurerole azureuser iampolicy
    conditionalaccesspolicy authorizationpolicy policy
  `,
  Network: `
    service ingress ingressclass networkpolicy endpoints endpointslice gateway httproute firewall
    network subnet subnetwork virtualnetwork networkwatcher dnszone managedzone dnsmanagedzone
    backendservice loadbalancer securitygroup forwardingrule address
  `,
  Service: `
    other notdefined account subscription project gcpproject organization namespace
    customresourcedefinition apiservice validatingwebhookconfiguration
    mutatingwebhookconfiguration podsecuritypolicy poddisruptionbudget resourcequota limitrange
    priorityclass lease event apiserver controllermanager scheduler controlplane metricfilter sink
    logsink azuredefenderplan defenderplan monitor api gcpservice validatingadmissionpolicy
  `,
  Storage: `
    persistentvolume persistentvolumeclaim storageclass volumeattachment csidriver volumesnapshot
    bucket storagebucket storageaccount azurestorageaccount disk snapshot
  `,
}
