using Bailiwick.Edge.Wire;
using static Bailiwick.Edge.Http.Description.QueryParameters;

namespace Bailiwick.Edge.Http.Description;

/// <summary>The description of every route, by its method and template. A route without one, or one without a route, stops the start.</summary>
internal static class RouteDescriptions
{
    private static readonly Shape Object = Shape.Of<ManagedObjectWire>(MediaType.ManagedObject);
    private static readonly Shape OneMeasurement = Shape.Of<MeasurementWire>(MediaType.Measurement);
    private static readonly Shape SeveralMeasurements = Shape.Of<MeasurementsWire>(MediaType.MeasurementCollection);
    private static readonly Shape OneEvent = Shape.Of<EventWire>(MediaType.Event);
    private static readonly Shape OneAlarm = Shape.Of<AlarmWire>(MediaType.Alarm);
    private static readonly Shape OneOperation = Shape.Of<OperationWire>(MediaType.Operation);
    private static readonly Shape OneUser = Shape.Of<UserWire>(MediaType.User);
    private static readonly Shape Self = Shape.Of<CurrentUserWire>(MediaType.CurrentUser);
    private static readonly Shape OneGroup = Shape.Of<GroupWire>(MediaType.Group);
    private static readonly Shape OneInventoryRole = Shape.Of<InventoryRoleWire>(MediaType.InventoryRole);
    private static readonly Shape OneAssignment = Shape.Of<InventoryAssignmentWire>(MediaType.InventoryAssignment);
    private static readonly Shape PermissionHolders = Shape.Of<DevicePermissionHoldersWire>(MediaType.Plain);
    private static readonly Shape OneTenant = Shape.Of<TenantWire>(MediaType.Tenant);
    private static readonly Shape OneOption = Shape.Of<OptionWire>(MediaType.Option);
    private static readonly Shape OptionsOfCategory = Shape.Of<OptionsOfCategoryWire>(MediaType.Option);
    private static readonly Shape Delegation = Shape.Of<UserDelegatedByReferenceWire>(MediaType.UserDelegatedByReference);
    private static readonly Shape OneLoginOption = Shape.Of<LoginOptionWire>(MediaType.AuthConfig);
    private static readonly Shape OneRequest = Shape.Of<DeviceRequestWire>(MediaType.NewDeviceRequest);
    private static readonly Shape OneRecord = Shape.Of<AuditRecordWire>(MediaType.AuditRecord);
    private static readonly Shape OneRule = Shape.Of<RetentionRuleWire>(MediaType.RetentionRule);
    private static readonly Shape OneReference = Shape.Of<ManagedObjectReferenceWire>(MediaType.ManagedObjectReference);
    private static readonly Shape SeveralReferences = Shape.Of<ManagedObjectReferencesWire>(MediaType.ManagedObjectReferenceCollection);
    private static readonly Shape RoleReference = Shape.Of<RoleReferenceWire>(MediaType.RoleReference);
    private static readonly Shape SeveralExplanations = Shape.Of<ExplanationCollectionWire>(MediaType.Plain);
    private static readonly QueryParameter OfUser = Text("user", "The user that is asked about; needed.");
    private static readonly QueryParameter OfPermission = Text("permission", $"What is asked for; needed. One of {PermissionWords.All}.");
    private static readonly QueryParameter OnObject = Text("managedObject", "The managed object that is asked about; the whole tenant where it is missing.");
    private static readonly QueryParameter OfFragments = Texts("fragment", "The fragments of the piece of data that is asked about.");
    private static readonly Shape Count = Shape.Of<CountWire>(MediaType.Plain);

    private static readonly QueryParameter[] ObjectFilters =
    [
        OfType, FragmentType, Text("owner", "The user name of the owner."), Texts("ids", "The objects' ids."), Text("text", "A word of one of the texts in it."),
        Text("childDeviceId", "A child device of it."), Text("childAssetId", "A child asset of it."), Text("childAdditionId", "A child addition of it."),
        Flag("onlyRoots", "Only objects below no other."), Text("query", "Not served: refused."), Text("q", "Not served: refused."),
    ];

    private static readonly QueryParameter[] ObjectForms =
    [
        Flag("withChildren", "With references to its children; true unless said otherwise."), Flag("withChildrenCount", "With how many children there are."),
        Flag("withParents", "With references to everything above it."), Flag("withGroups", "With the groups that it is in."), Flag("skipChildrenNames", "Without the children's names."),
    ];

    private static readonly QueryParameter[] AlarmFilters =
    [
        .. OfSource, Texts("type", "Its types."), Texts("severity", "CRITICAL, MAJOR, MINOR or WARNING."), Texts("status", "ACTIVE, ACKNOWLEDGED or CLEARED."),
        Flag("resolved", "true for what is cleared, false for what is not; it wins over status."),
    ];

    private static readonly QueryParameter[] EventFilters =
        [.. OfSource, OfType, FragmentType, Text("fragmentValue", "The text that the fragment is; needs fragmentType."), Revert];

    private static readonly QueryParameter[] OperationFilters =
    [
        Text("deviceId", "The device that it is for."), Text("agentId", "The agent that carries it out."), Text("status", "PENDING, EXECUTING, SUCCESSFUL or FAILED."),
        FragmentType, .. Dated, Revert, Text("bulkOperationId", "Not served: refused."),
    ];

    /// <summary>The changes of who may do what that can be tried without being made; those of links come to them.</summary>
    private static readonly string[] Tried =
    [
        "POST /user/inventoryroles", "PUT /user/inventoryroles/{id}", "DELETE /user/inventoryroles/{id}", "PUT /user/devicePermissions/{id}",
        "POST /user/{tenant}/users", "PUT /user/{tenant}/users/{userId}", "DELETE /user/{tenant}/users/{userId}",
        "PUT /user/{tenant}/users/{userId}/owner", "DELETE /user/{tenant}/users/{userId}/owner",
        "PUT /user/{tenant}/users/{userId}/delegatedby", "DELETE /user/{tenant}/users/{userId}/delegatedby",
        "POST /user/{tenant}/users/{userId}/roles", "DELETE /user/{tenant}/users/{userId}/roles/{role}",
        "POST /user/{tenant}/users/{userId}/roles/inventory", "PUT /user/{tenant}/users/{userId}/roles/inventory/{id}", "DELETE /user/{tenant}/users/{userId}/roles/inventory/{id}",
        "POST /user/{tenant}/groups", "PUT /user/{tenant}/groups/{groupId}", "DELETE /user/{tenant}/groups/{groupId}",
        "POST /user/{tenant}/groups/{groupId}/roles", "DELETE /user/{tenant}/groups/{groupId}/roles/{role}",
        "POST /user/{tenant}/groups/{groupId}/users", "DELETE /user/{tenant}/groups/{groupId}/users/{userId}",
        "PUT /inventory/managedObjects/{id}", "DELETE /inventory/managedObjects/{id}", "PUT /inventory/managedObjects/{id}/user",
    ];

    private static readonly QueryParameter DryRun = Flag("dryRun", "Changes nothing, and answers who would gain and lose what; 422 for what cannot be tried, as making an object.");

    private static readonly Dictionary<string, RouteDescription> All = new(StringComparer.Ordinal)
    {
        ["GET /platform"] = new("Where everything is.") { Answers = [Shape.Of<PlatformWire>(MediaType.PlatformApi)] },
        ["GET /tenant/currentTenant"] = new("The caller's own tenant.")
        {
            Query = [Flag("withParent", "With the tenant above it.")], Answers = [Shape.Of<CurrentTenantWire>(MediaType.CurrentTenant)],
        },
        ["GET /tenant/system/options"] = new("What the platform says of itself.") { Query = Paged, Answers = [Shape.Of<OptionCollectionWire>(MediaType.OptionCollection)] },
        ["GET /tenant/system/options/{category}/{key}"] = new("One of these, such as the version.") { Answers = [Shape.Of<OptionWire>(MediaType.Option)] },
        ["GET /tenant/options"] = new("What the tenant has decided; secrets are masked.") { Query = Paged, Answers = [Shape.Of<OptionCollectionWire>(MediaType.OptionCollection)] },
        ["POST /tenant/options"] = new("Sets an option.") { Takes = [OneOption], Answers = [OneOption] },
        ["GET /tenant/options/{category}"] = new("The options of one category, each value under its key.") { Answers = [OptionsOfCategory] },
        ["PUT /tenant/options/{category}"] = new("Sets options of one category, all or none; others stay.") { Takes = [OptionsOfCategory], Answers = [OptionsOfCategory] },
        ["GET /tenant/options/{category}/{key}"] = new("One option.") { Answers = [OneOption] },
        ["PUT /tenant/options/{category}/{key}"] = new("Sets an option.") { Takes = [OneOption], Answers = [OneOption] },
        ["DELETE /tenant/options/{category}/{key}"] = new("Deletes an option."),
        ["PUT /tenant/options/{category}/{key}/editable"] = new("Decides, for the platform operator, whether a tenant may change an option that it has.")
        {
            Query = [Text("tenantId", "The tenant whose option it is; the caller's own unless said otherwise.")], Takes = [OneOption], Answers = [OneOption],
        },
        ["GET /tenant/loginOptions"] = new("How one may sign in; asked without signing in.")
        {
            Query = [Text("tenantId", "The tenant that is asked about; the host's unless said otherwise."), Flag("management", "The management tenant is asked about.")],
            Answers = [Shape.Of<LoginOptionCollectionWire>(MediaType.LoginOptionCollection)],
        },
        ["GET /tenant/loginOptions/{option}"] = new("One way to sign in, with the clients that are kept out of it.") { Answers = [OneLoginOption] },
        ["PUT /tenant/loginOptions/{option}"] = new("Changes one; a client that is kept out by it gets in no more when the answer arrives.") { Takes = [OneLoginOption], Answers = [OneLoginOption] },
        ["GET /tenant/tenants"] = new("The tenants below the caller's own.")
        {
            Query = [.. Paged, Text("company", "Its company, in full."), Text("domain", "Its domain, in full."), Text("parent", "The tenant above it.")],
            Answers = [Shape.Of<TenantCollectionWire>(MediaType.TenantCollection)],
        },
        ["POST /tenant/tenants"] = new("Makes a tenant, with its first administrator.") { Takes = [OneTenant], Answers = [OneTenant] },
        ["GET /tenant/tenants/{id}"] = new("One tenant.") { Answers = [OneTenant] },
        ["PUT /tenant/tenants/{id}"] = new("Changes a tenant, suspends it or makes it active again.") { Takes = [OneTenant], Answers = [OneTenant] },
        ["DELETE /tenant/tenants/{id}"] = new("Deletes a tenant with all that it has, its audit log excepted: for the platform operator alone."),

        ["GET /user/currentUser"] = new("Who the caller is, and what it may do.") { Answers = [Self, OneUser] },
        ["PUT /user/currentUser"] = new("Changes the caller's own profile.") { Takes = [Self], Answers = [Self, OneUser] },
        ["PUT /user/currentUser/password"] = new("Changes the caller's own password; the present one must be given.") { Takes = [Shape.Of<NothingWire>(MediaType.CurrentUser)], Answers = [Shape.Of<NothingWire>(MediaType.CurrentUser)] },
        ["GET /user/roles"] = new("The roles that a user can hold: all of them, or those that the caller holds where it may only make users.") { Query = Paged, Answers = [Shape.Of<RoleCollectionWire>(MediaType.RoleCollection)] },
        ["GET /user/roles/{role}"] = new("One role.") { Answers = [Shape.Of<RoleWire>(MediaType.Role)] },
        ["GET /user/inventoryroles"] = new("The inventory roles of the tenant.") { Query = Paged, Answers = [Shape.Of<InventoryRoleCollectionWire>(MediaType.InventoryRoleCollection)] },
        ["POST /user/inventoryroles"] = new("Makes an inventory role.") { Takes = [OneInventoryRole], Answers = [OneInventoryRole] },
        ["GET /user/inventoryroles/{id}"] = new("One inventory role.") { Answers = [OneInventoryRole] },
        ["PUT /user/inventoryroles/{id}"] = new("Changes an inventory role; what it gave no longer holds when the answer arrives.") { Takes = [OneInventoryRole], Answers = [OneInventoryRole] },
        ["DELETE /user/inventoryroles/{id}"] = new("Deletes an inventory role; what it gave holds nowhere any more when the answer arrives."),
        ["GET /user/devicePermissions/{id}"] = new("The users and groups that have device permissions on an object.") { Answers = [PermissionHolders] },
        ["PUT /user/devicePermissions/{id}"] = new("Sets what each of the named users and groups may do with an object: all of them, or none where one is refused.")
        {
            Takes = [PermissionHolders], Answers = [Shape.Of<NothingWire>(MediaType.Plain)],
        },
        ["GET /user/{tenant}/users"] = new("The users of the tenant that the caller may see.")
        {
            Query =
            [
                .. Paged, Text("username", "The beginning of its name."), Texts("groups", "The ids of groups that it is in."), Text("owner", "The user that it belongs to."),
                Flag("onlyDevices", "Devices' users, and no others."), Flag("withSubusersCount", "With how many users belong to it."),
            ],
            Answers = [Shape.Of<UserCollectionWire>(MediaType.UserCollection)],
        },
        ["POST /user/{tenant}/users"] = new("Makes a user.") { Takes = [OneUser], Answers = [OneUser] },
        ["GET /user/{tenant}/users/{userId}"] = new("One user.") { Answers = [OneUser] },
        ["PUT /user/{tenant}/users/{userId}"] = new("Changes a user, disables it or lets it in again.") { Takes = [OneUser], Answers = [OneUser] },
        ["DELETE /user/{tenant}/users/{userId}"] = new("Deletes a user; its sessions are closed when the answer arrives."),
        ["GET /user/{tenant}/userByName/{userId}"] = new("One user, by name.") { Answers = [OneUser] },
        ["GET /user/{tenant}/users/{userId}/groups"] = new("The groups that a user is in.") { Query = Paged, Answers = [Shape.Of<GroupReferenceCollectionWire>(MediaType.GroupReferenceCollection)] },
        ["GET /user/{tenant}/users/{userId}/roles"] = new("The roles given to a user itself.") { Query = Paged, Answers = [Shape.Of<RoleReferenceCollectionWire>(MediaType.RoleReferenceCollection)] },
        ["POST /user/{tenant}/users/{userId}/roles"] = new("Gives a user a role.") { Takes = [RoleReference], Answers = [RoleReference] },
        ["DELETE /user/{tenant}/users/{userId}/roles/{role}"] = new("Takes a role from a user; it holds no more when the answer arrives."),
        ["GET /user/{tenant}/users/{userId}/roles/inventory"] = new("The inventory roles of a user, object by object.") { Answers = [Shape.Of<InventoryAssignmentCollectionWire>(MediaType.InventoryAssignmentCollection)] },
        ["POST /user/{tenant}/users/{userId}/roles/inventory"] = new("Gives a user inventory roles on an object and all below it, beside those that it has there.") { Takes = [OneAssignment], Answers = [OneAssignment] },
        ["GET /user/{tenant}/users/{userId}/roles/inventory/{id}"] = new("The inventory roles of a user on one object.") { Answers = [OneAssignment] },
        ["PUT /user/{tenant}/users/{userId}/roles/inventory/{id}"] = new("Replaces the inventory roles of a user on one object.") { Takes = [OneAssignment], Answers = [OneAssignment] },
        ["DELETE /user/{tenant}/users/{userId}/roles/inventory/{id}"] = new("Takes a user's inventory roles on one object away; they hold no more when the answer arrives."),
        ["PUT /user/{tenant}/users/{userId}/owner"] = new("Puts a user below another.") { Takes = [Shape.Of<UserOwnerReferenceWire>(MediaType.UserOwnerReference)], Answers = [Shape.Of<UserOwnerReferenceWire>(MediaType.UserOwnerReference)] },
        ["DELETE /user/{tenant}/users/{userId}/owner"] = new("Takes a user from below another."),
        ["PUT /user/{tenant}/users/{userId}/delegatedby"] = new("Has a user act for another in managing users.") { Takes = [Delegation], Answers = [Delegation] },
        ["DELETE /user/{tenant}/users/{userId}/delegatedby"] = new("Has a user act for nobody any more; it manages nobody by it when the answer arrives."),

        ["GET /user/{tenant}/groups"] = new("The groups of the tenant.") { Query = Paged, Answers = [Shape.Of<GroupCollectionWire>(MediaType.GroupCollection)] },
        ["POST /user/{tenant}/groups"] = new("Makes a group.") { Takes = [OneGroup], Answers = [OneGroup] },
        ["GET /user/{tenant}/groups/{groupId}"] = new("One group.") { Answers = [OneGroup] },
        ["PUT /user/{tenant}/groups/{groupId}"] = new("Changes a group.") { Takes = [OneGroup], Answers = [OneGroup] },
        ["DELETE /user/{tenant}/groups/{groupId}"] = new("Deletes a group; what it gave holds no more when the answer arrives."),
        ["GET /user/{tenant}/groupByName/{name}"] = new("One group, by name.") { Answers = [OneGroup] },
        ["GET /user/{tenant}/groups/{groupId}/roles"] = new("The roles of a group.") { Query = Paged, Answers = [Shape.Of<RoleReferenceCollectionWire>(MediaType.RoleReferenceCollection)] },
        ["POST /user/{tenant}/groups/{groupId}/roles"] = new("Gives a group a role.") { Takes = [RoleReference], Answers = [RoleReference] },
        ["DELETE /user/{tenant}/groups/{groupId}/roles/{role}"] = new("Takes a role from a group."),
        ["GET /user/{tenant}/groups/{groupId}/users"] = new("The users in a group.") { Query = Paged, Answers = [Shape.Of<UserReferenceCollectionWire>(MediaType.UserReferenceCollection)] },
        ["POST /user/{tenant}/groups/{groupId}/users"] = new("Puts a user into a group.") { Takes = [Shape.Of<UserReferenceWire>(MediaType.UserReference)], Answers = [Shape.Of<UserReferenceWire>(MediaType.UserReference)] },
        ["DELETE /user/{tenant}/groups/{groupId}/users/{userId}"] = new("Takes a user out of a group."),

        ["GET /inventory/managedObjects"] = new("The managed objects that the caller may see.")
        {
            Query = [.. Paged, .. ObjectFilters, .. ObjectForms], Answers = [Shape.Of<ManagedObjectCollectionWire>(MediaType.ManagedObjectCollection)],
        },
        ["POST /inventory/managedObjects"] = new("Makes a managed object, which the caller owns.") { Takes = [Object], Answers = [Object] },
        ["GET /inventory/managedObjects/count"] = new("How many managed objects of these the caller may see.") { Query = ObjectFilters, Answers = [Count] },
        ["GET /inventory/managedObjects/{id}"] = new("One managed object.") { Query = ObjectForms, Answers = [Object] },
        ["PUT /inventory/managedObjects/{id}"] = new("Changes a managed object: each fragment in the body takes the place of the one before it, null removes it. A body with nothing but its id is a sign of life.")
        {
            Takes = [Object], Answers = [Object, Shape.Of<IdWire>(MediaType.ManagedObject)],
        },
        ["DELETE /inventory/managedObjects/{id}"] = new("Deletes a managed object with its data.")
        {
            Query = [Flag("cascade", "With everything below it."), Flag("forceCascade", "The same, of whatever type it is."), Flag("withDeviceUser", "With the user that owns it, if that is a device's.")],
        },
        ["GET /inventory/managedObjects/{id}/supportedMeasurements"] = new("The fragments that an object has measured.") { Answers = [Shape.Of<SupportedMeasurementsWire>(MediaType.Plain)] },
        ["GET /inventory/managedObjects/{id}/supportedSeries"] = new("The series that an object has measured.") { Answers = [Shape.Of<SupportedSeriesWire>(MediaType.Plain)] },
        ["GET /inventory/managedObjects/{id}/availability"] = new("When a device was last heard of, and whether it is there; as plain text the time alone.") { Answers = [Shape.Of<AvailabilityWire>(MediaType.Plain)] },
        ["GET /inventory/managedObjects/{id}/user"] = new("The user that a device connects as.") { Answers = [Shape.Of<DeviceUserWire>(MediaType.ManagedObjectUser)] },
        ["PUT /inventory/managedObjects/{id}/user"] = new("Disconnects a device, or lets it in again.") { Takes = [Shape.Of<DeviceUserWire>(MediaType.ManagedObjectUser)], Answers = [Shape.Of<DeviceUserWire>(MediaType.ManagedObjectUser)] },

        ["GET /identity/globalIds/{id}/externalIds"] = new("The external ids of an object.") { Answers = [Shape.Of<ExternalIdCollectionWire>(MediaType.ExternalIdCollection)] },
        ["POST /identity/globalIds/{id}/externalIds"] = new("Gives an object an external id.") { Takes = [Shape.Of<ExternalIdWire>(MediaType.ExternalId)], Answers = [Shape.Of<ExternalIdWire>(MediaType.ExternalId)] },
        ["GET /identity/externalIds/{type}/{externalId}"] = new("Which object an external id stands for.") { Answers = [Shape.Of<ExternalIdWire>(MediaType.ExternalId)] },
        ["DELETE /identity/externalIds/{type}/{externalId}"] = new("Takes an external id away."),

        ["GET /measurement/measurements"] = new("Measurements in order of their time.")
        {
            Query = [.. Paged, Source, OfType, .. Dated, Text("valueFragmentType", "A fragment that it holds."), Text("valueFragmentSeries", "A series of that fragment."), Revert],
            Answers = [Shape.Of<MeasurementCollectionWire>(MediaType.MeasurementCollection)],
        },
        ["POST /measurement/measurements"] = new("Stores a measurement, or several of any sources: all or none.") { Takes = [OneMeasurement, SeveralMeasurements], Answers = [OneMeasurement, SeveralMeasurements] },
        ["DELETE /measurement/measurements"] = new("Deletes the measurements that the filters name; without any, all of the tenant.")
        {
            Query = [Source, OfType, FragmentType, .. Dated, Text("valueFragmentSeries", "A series of that fragment."), Revert],
        },
        ["GET /measurement/measurements/series"] = new("The values of an object as a table, by time and series.")
        {
            Query =
            [
                Source with { IsRequired = true }, .. Dated.Select(date => date with { IsRequired = true }), Texts("series", "The series, each as fragment.series; all unless given."),
                Text("aggregationType", "DAILY, HOURLY or MINUTELY: least and greatest value of each span."), Revert,
            ],
            Answers = [Shape.Of<SeriesWire>(MediaType.Plain)],
        },
        ["GET /measurement/measurements/{id}"] = new("One measurement.") { Answers = [OneMeasurement] },
        ["DELETE /measurement/measurements/{id}"] = new("Deletes one measurement."),

        ["GET /event/events"] = new("Events, the newest first unless reverted.") { Query = [.. Paged, .. EventFilters], Answers = [Shape.Of<EventCollectionWire>(MediaType.EventCollection)] },
        ["POST /event/events"] = new("Stores an event.") { Takes = [OneEvent], Answers = [OneEvent] },
        ["DELETE /event/events"] = new("Deletes the events that the filters name; without any, all of the tenant.") { Query = EventFilters },
        ["GET /event/events/{id}"] = new("One event.") { Answers = [OneEvent] },
        ["PUT /event/events/{id}"] = new("Changes the text and the fragments of an event.") { Takes = [OneEvent], Answers = [OneEvent] },
        ["DELETE /event/events/{id}"] = new("Deletes one event."),

        ["GET /alarm/alarms"] = new("Alarms, the newest first.") { Query = [.. Paged, .. AlarmFilters], Answers = [Shape.Of<AlarmCollectionWire>(MediaType.AlarmCollection)] },
        ["POST /alarm/alarms"] = new("Raises an alarm, or counts one more of a type that is not cleared.") { Takes = [OneAlarm], Answers = [OneAlarm] },
        ["PUT /alarm/alarms"] = new("Sets the status of all alarms that the filters name; 202 when that goes on for longer.") { Query = AlarmFilters, Takes = [OneAlarm] },
        ["DELETE /alarm/alarms"] = new("Deletes the alarms that the filters name; without any, all of the tenant.") { Query = AlarmFilters },
        ["GET /alarm/alarms/count"] = new("How many alarms of these the caller may see.") { Query = AlarmFilters, Answers = [Count] },
        ["GET /alarm/alarms/{id}"] = new("One alarm.") { Answers = [OneAlarm] },
        ["PUT /alarm/alarms/{id}"] = new("Changes status, severity, text and fragments of an alarm.") { Takes = [OneAlarm], Answers = [OneAlarm] },

        ["GET /devicecontrol/operations"] = new("Operations in the order in which they were made.") { Query = [.. Paged, .. OperationFilters], Answers = [Shape.Of<OperationCollectionWire>(MediaType.OperationCollection)] },
        ["POST /devicecontrol/operations"] = new("Gives a device an operation to carry out.") { Takes = [OneOperation], Answers = [OneOperation] },
        ["DELETE /devicecontrol/operations"] = new("Deletes the operations that the filters name.") { Query = OperationFilters },
        ["GET /devicecontrol/operations/{id}"] = new("One operation.") { Answers = [OneOperation] },
        ["PUT /devicecontrol/operations/{id}"] = new("Says how far an operation is.") { Takes = [OneOperation], Answers = [OneOperation] },
        ["GET /devicecontrol/newDeviceRequests"] = new("The devices that are announced or wait for acceptance.") { Query = Paged, Answers = [Shape.Of<DeviceRequestCollectionWire>(MediaType.NewDeviceRequestCollection)] },
        ["POST /devicecontrol/newDeviceRequests"] = new("Announces a device.") { Takes = [OneRequest], Answers = [OneRequest] },
        ["GET /devicecontrol/newDeviceRequests/{id}"] = new("One announced device.") { Answers = [OneRequest] },
        ["PUT /devicecontrol/newDeviceRequests/{id}"] = new("Accepts a device that has asked for its credentials.") { Takes = [OneRequest], Answers = [OneRequest] },
        ["DELETE /devicecontrol/newDeviceRequests/{id}"] = new("Takes an announced device away."),
        ["POST /devicecontrol/deviceCredentials"] = new("A device asks for its credentials, which are given once.")
        {
            Takes = [Shape.Of<DeviceCredentialsWire>(MediaType.DeviceCredentials)], Answers = [Shape.Of<DeviceCredentialsWire>(MediaType.DeviceCredentials)],
        },

        ["GET /retention/retentions"] = new("How long the tenant keeps its data.") { Query = Paged, Answers = [Shape.Of<RetentionRuleCollectionWire>(MediaType.RetentionRuleCollection)] },
        ["POST /retention/retentions"] = new("Makes a retention rule; it is carried out within hours.") { Takes = [OneRule], Answers = [OneRule] },
        ["GET /retention/retentions/{id}"] = new("One retention rule.") { Answers = [OneRule] },
        ["PUT /retention/retentions/{id}"] = new("Changes a retention rule.") { Takes = [OneRule], Answers = [OneRule] },
        ["DELETE /retention/retentions/{id}"] = new("Deletes a retention rule."),

        ["GET /audit/auditRecords"] = new("Audit records.")
        {
            Query = [.. Paged, OfType, Text("user", "Who did it."), Text("application", "By which application."), Text("source", "To what."), .. Dated, Revert],
            Answers = [Shape.Of<AuditRecordCollectionWire>(MediaType.AuditRecordCollection)],
        },
        ["POST /audit/auditRecords"] = new("Appends an audit record, which nobody can change or take away.") { Takes = [OneRecord], Answers = [OneRecord] },
        ["GET /audit/auditRecords/{id}"] = new("One audit record.") { Answers = [OneRecord] },

        ["GET /authorization/explain"] = new("Why a user may, or may not, do something: the decision, what it rests on, and what alone would turn it over.")
        {
            Query = [OfUser, OfPermission, OnObject, OfFragments], Answers = [Shape.Of<ExplanationWire>(MediaType.Plain)],
        },
        ["GET /authorization/users"] = new("Who may do something to a managed object, or anywhere, and why; with fragments, who may with all of them together.")
        {
            Query = [OfPermission, OnObject, OfFragments, .. Paged], Answers = [SeveralExplanations],
        },
        ["GET /authorization/permissions"] = new("What a user may do to a managed object, or anywhere: all permissions, each with its decision.")
        {
            Query = [OfUser, OnObject, .. Paged], Answers = [SeveralExplanations],
        },
        ["GET /authorization/managedObjects"] = new("The managed objects on which a user may do something, or some of it, and why.")
        {
            Query = [OfUser, OfPermission, .. Paged], Answers = [SeveralExplanations],
        },
        ["GET /authorization/denials"] = new("What was refused, newest first.")
        {
            Query = [Text("user", "Who was refused."), .. Dated, .. Paged], Answers = [Shape.Of<DenialCollectionWire>(MediaType.Plain)],
        },
        ["GET /authorization/denials/{id}"] = new("One refusal, and what the decision looked at when it was made.") { Answers = [Shape.Of<DenialWire>(MediaType.Plain)] },
    };

    static RouteDescriptions()
    {
        foreach (var family in ApiRoots.Families)
            All.Add($"GET {family}", new RouteDescription("Where the resources of this family are.") { Answers = [Shape.Of<ApiRootWire>(ApiRoots.TypeOf(family))] });
        foreach (var (kind, name) in ((string, string)[])[("childDevices", "child devices"), ("childAssets", "child assets"), ("childAdditions", "child additions")])
            AddChildren($"/inventory/managedObjects/{{id}}/{kind}", name);
        foreach (var route in Tried.Concat(All.Keys.Where(key => key.Contains("/child", StringComparison.Ordinal) && !key.StartsWith("GET", StringComparison.Ordinal))).ToList())
            All[route] = All[route] with { Query = [.. All[route].Query, DryRun], Answers = [.. All[route].Answers, Shape.Of<AccessEffectWire>(MediaType.Plain)] };
    }

    /// <summary>The routes that are described.</summary>
    public static IReadOnlyCollection<string> Keys => All.Keys;

    public static RouteDescription Of(string method, string template) =>
        All.GetValueOrDefault($"{method} {template}") ?? throw new InvalidOperationException($"{method} {template} has no description.");

    private static void AddChildren(string collection, string name)
    {
        All.Add($"GET {collection}", new RouteDescription($"The {name} of an object.")
        {
            Query = [.. Paged, Text("query", "Not served: refused.")], Answers = [Shape.Of<ManagedObjectReferenceCollectionWire>(MediaType.ManagedObjectReferenceCollection)],
        });
        All.Add($"POST {collection}", new RouteDescription($"Links {name} that there are, or makes one.") { Takes = [OneReference, SeveralReferences, Object], Answers = [OneReference, SeveralReferences, Object] });
        All.Add($"DELETE {collection}", new RouteDescription($"Unlinks {name}; the objects stay.") { Takes = [SeveralReferences] });
        All.Add($"GET {collection}/{{childId}}", new RouteDescription($"One of the {name}.") { Answers = [OneReference] });
        All.Add($"DELETE {collection}/{{childId}}", new RouteDescription($"Unlinks one of the {name}; the object stays."));
    }
}
