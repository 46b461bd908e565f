using System.Reflection;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Retention;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Edge.Http;

/// <summary>
/// Every route of the REST interface, in one table: method, template, what answers, and the grain methods it asks. Which methods a path
/// knows (405, Allow), which rights a route needs and which tests there must be all follow from here.
/// </summary>
internal static class Routes
{
    public static IReadOnlyList<Route> All { get; } =
    [
        // Where things are. These documents hold no data; asking for the caller's own tenant keeps out who is served no more.
        Get("/platform", ApiRoots.PlatformAsync, Ask<ITenantGrain>(nameof(ITenantGrain.ReadOwn))),
        .. ApiRoots.Families.Select(family => Get(family, x => ApiRoots.FamilyAsync(x, family), Ask<ITenantGrain>(nameof(ITenantGrain.ReadOwn)))),

        Get("/tenant/currentTenant", Tenants.CurrentAsync, Ask<ITenantGrain>(nameof(ITenantGrain.ReadOwn))),
        Get("/tenant/system/options", SystemOptions.ListAsync, Ask<ITenantGrain>(nameof(ITenantGrain.SystemOptions))),
        Get("/tenant/system/options/{category}/{key}", SystemOptions.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.SystemOption)), Ask<ITenantGrain>(nameof(ITenantGrain.ReadOwn))),
        Get("/tenant/options", TenantOptions.ListAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Options))),
        Post("/tenant/options", TenantOptions.CreateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.SetOptions))),
        Get("/tenant/options/{category}", TenantOptions.ReadCategoryAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Options))),
        Put("/tenant/options/{category}", TenantOptions.UpdateCategoryAsync, Ask<ITenantGrain>(nameof(ITenantGrain.SetOptions))),
        Get("/tenant/options/{category}/{key}", TenantOptions.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Options))),
        Put("/tenant/options/{category}/{key}", TenantOptions.UpdateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.SetOptions))),
        Delete("/tenant/options/{category}/{key}", TenantOptions.DeleteAsync, Ask<ITenantGrain>(nameof(ITenantGrain.DeleteOption))),
        Put("/tenant/options/{category}/{key}/editable", TenantOptions.PinAsync, Ask<ITenantGrain>(nameof(ITenantGrain.PinOption))),
        Get("/tenant/loginOptions", LoginOptions.ListAsync, Ask<ISignInGrain>(nameof(ISignInGrain.Offered))) with { IsOpen = true },
        Get("/tenant/loginOptions/{option}", LoginOptions.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.BasicSignIn))),
        Put("/tenant/loginOptions/{option}", LoginOptions.UpdateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.UpdateBasicSignIn)), Ask<ITenantGrain>(nameof(ITenantGrain.BasicSignIn))),
        Get("/tenant/tenants", Tenants.ListAsync, Ask<ITenantsGrain>(nameof(ITenantsGrain.Find))),
        Post("/tenant/tenants", Tenants.CreateAsync, Ask<ITenantsGrain>(nameof(ITenantsGrain.Create))),
        Get("/tenant/tenants/{id}", Tenants.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Read))),
        Put("/tenant/tenants/{id}", Tenants.UpdateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Update))),
        Delete("/tenant/tenants/{id}", Tenants.DeleteAsync, Ask<ITenantsGrain>(nameof(ITenantsGrain.Delete))),

        Get("/user/currentUser", CurrentUser.ReadAsync, Ask<IUserGrain>(nameof(IUserGrain.ReadOwn))),
        Put("/user/currentUser", CurrentUser.UpdateAsync, Ask<IUserGrain>(nameof(IUserGrain.UpdateOwn))),
        Put("/user/currentUser/password", CurrentUser.ChangePasswordAsync, Ask<IUserGrain>(nameof(IUserGrain.ChangeOwnPassword))),
        Get("/user/roles", Roles.ListAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Authorities))),
        Get("/user/roles/{role}", Roles.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Authorities))),

        Get("/user/inventoryroles", InventoryRoles.ListAsync, Ask<ITenantGrain>(nameof(ITenantGrain.InventoryRoles))),
        Post("/user/inventoryroles", InventoryRoles.CreateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.CreateInventoryRole))),
        Get("/user/inventoryroles/{id}", InventoryRoles.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.InventoryRoles))),
        Put("/user/inventoryroles/{id}", InventoryRoles.UpdateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.UpdateInventoryRole))),
        Delete("/user/inventoryroles/{id}", InventoryRoles.DeleteAsync, Ask<ITenantGrain>(nameof(ITenantGrain.DeleteInventoryRole))),
        Get("/user/devicePermissions/{id}", DevicePermissions.ReadAsync, Ask<IUsersGrain>(nameof(IUsersGrain.DevicePermissions))),
        Put("/user/devicePermissions/{id}", DevicePermissions.UpdateAsync, Ask<IUsersGrain>(nameof(IUsersGrain.SetDevicePermissions))),

        Get("/user/{tenant}/users", Users.ListAsync, Ask<IUsersGrain>(nameof(IUsersGrain.Find))),
        Post("/user/{tenant}/users", Users.CreateAsync, Ask<IUserGrain>(nameof(IUserGrain.Create))),
        Get("/user/{tenant}/users/{userId}", Users.ReadAsync, Ask<IUserGrain>(nameof(IUserGrain.Read))),
        Put("/user/{tenant}/users/{userId}", Users.UpdateAsync, Ask<IUserGrain>(nameof(IUserGrain.Update))),
        Delete("/user/{tenant}/users/{userId}", Users.DeleteAsync, Ask<IUserGrain>(nameof(IUserGrain.Delete))),
        Get("/user/{tenant}/userByName/{userId}", Users.ReadAsync, Ask<IUserGrain>(nameof(IUserGrain.Read))),
        Get("/user/{tenant}/users/{userId}/groups", Users.GroupsAsync, Ask<IUserGrain>(nameof(IUserGrain.Read))),
        Get("/user/{tenant}/users/{userId}/roles", Users.RolesAsync, Ask<IUserGrain>(nameof(IUserGrain.Read))),
        Post("/user/{tenant}/users/{userId}/roles", Users.AssignAsync, Ask<IUserGrain>(nameof(IUserGrain.Assign))),
        Delete("/user/{tenant}/users/{userId}/roles/{role}", Users.UnassignAsync, Ask<IUserGrain>(nameof(IUserGrain.Unassign))),
        Get("/user/{tenant}/users/{userId}/roles/inventory", InventoryAssignments.ListAsync, Ask<IUserGrain>(nameof(IUserGrain.Assignments))),
        Post("/user/{tenant}/users/{userId}/roles/inventory", InventoryAssignments.AssignAsync, Ask<IUserGrain>(nameof(IUserGrain.AssignRoles))),
        Get("/user/{tenant}/users/{userId}/roles/inventory/{id}", InventoryAssignments.ReadAsync, Ask<IUserGrain>(nameof(IUserGrain.Assignments))),
        Put("/user/{tenant}/users/{userId}/roles/inventory/{id}", InventoryAssignments.ReplaceAsync, Ask<IUserGrain>(nameof(IUserGrain.ReplaceRoles))),
        Delete("/user/{tenant}/users/{userId}/roles/inventory/{id}", InventoryAssignments.UnassignAsync, Ask<IUserGrain>(nameof(IUserGrain.UnassignRoles))),
        Put("/user/{tenant}/users/{userId}/owner", Users.SetOwnerAsync, Ask<IUserGrain>(nameof(IUserGrain.SetOwner))),
        Delete("/user/{tenant}/users/{userId}/owner", Users.RemoveOwnerAsync, Ask<IUserGrain>(nameof(IUserGrain.SetOwner))),
        Put("/user/{tenant}/users/{userId}/delegatedby", Users.SetDelegatedByAsync, Ask<IUserGrain>(nameof(IUserGrain.SetDelegatedBy))),
        Delete("/user/{tenant}/users/{userId}/delegatedby", Users.RemoveDelegatedByAsync, Ask<IUserGrain>(nameof(IUserGrain.SetDelegatedBy))),

        Get("/user/{tenant}/groups", Groups.ListAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Groups))),
        Post("/user/{tenant}/groups", Groups.CreateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.CreateGroup))),
        Get("/user/{tenant}/groups/{groupId}", Groups.ReadAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Groups))),
        Put("/user/{tenant}/groups/{groupId}", Groups.UpdateAsync, Ask<ITenantGrain>(nameof(ITenantGrain.UpdateGroup))),
        Delete("/user/{tenant}/groups/{groupId}", Groups.DeleteAsync, Ask<ITenantGrain>(nameof(ITenantGrain.DeleteGroup))),
        Get("/user/{tenant}/groupByName/{name}", Groups.ReadByNameAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Groups))),
        Get("/user/{tenant}/groups/{groupId}/roles", Groups.RolesAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Groups))),
        Post("/user/{tenant}/groups/{groupId}/roles", Groups.AssignAsync, Ask<ITenantGrain>(nameof(ITenantGrain.AssignToGroup))),
        Delete("/user/{tenant}/groups/{groupId}/roles/{role}", Groups.UnassignAsync, Ask<ITenantGrain>(nameof(ITenantGrain.UnassignFromGroup))),
        Get("/user/{tenant}/groups/{groupId}/users", Groups.UsersAsync, Ask<ITenantGrain>(nameof(ITenantGrain.Groups)), Ask<IUsersGrain>(nameof(IUsersGrain.Find))),
        Post("/user/{tenant}/groups/{groupId}/users", Groups.AddUserAsync, Ask<IUserGrain>(nameof(IUserGrain.AddToGroup))),
        Delete("/user/{tenant}/groups/{groupId}/users/{userId}", Groups.RemoveUserAsync, Ask<IUserGrain>(nameof(IUserGrain.RemoveFromGroup))),

        Get("/inventory/managedObjects", ManagedObjects.ListAsync, Ask<IInventoryGrain>(nameof(IInventoryGrain.Find))),
        Post("/inventory/managedObjects", ManagedObjects.CreateAsync, Ask<IInventoryGrain>(nameof(IInventoryGrain.Create))),
        Get("/inventory/managedObjects/count", ManagedObjects.CountAsync, Ask<IInventoryGrain>(nameof(IInventoryGrain.Count))),
        Get("/inventory/managedObjects/{id}", ManagedObjects.ReadAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Read))),
        Put("/inventory/managedObjects/{id}", ManagedObjects.UpdateAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Update))),
        Delete("/inventory/managedObjects/{id}", ManagedObjects.DeleteAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Delete))),
        Get("/inventory/managedObjects/{id}/supportedMeasurements", ManagedObjects.SupportedMeasurementsAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.SupportedSeries))),
        Get("/inventory/managedObjects/{id}/supportedSeries", ManagedObjects.SupportedSeriesAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.SupportedSeries))),
        Get("/inventory/managedObjects/{id}/availability", Availabilities.ReadAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Availability))),
        Get("/inventory/managedObjects/{id}/user", DeviceUsers.ReadAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.ReadDeviceUser))),
        Put("/inventory/managedObjects/{id}/user", DeviceUsers.UpdateAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.EnableDeviceUser))),
        .. ChildRoutes("childDevices", ChildKind.Device),
        .. ChildRoutes("childAssets", ChildKind.Asset),
        .. ChildRoutes("childAdditions", ChildKind.Addition),

        Get("/identity/globalIds/{id}/externalIds", ExternalIds.ListAsync, Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.ExternalIds))),
        Post("/identity/globalIds/{id}/externalIds", ExternalIds.BindAsync, Ask<IExternalIdGrain>(nameof(IExternalIdGrain.Bind))),
        Get("/identity/externalIds/{type}/{externalId}", ExternalIds.ReadAsync, Ask<IExternalIdGrain>(nameof(IExternalIdGrain.Read))),
        Delete("/identity/externalIds/{type}/{externalId}", ExternalIds.UnbindAsync, Ask<IExternalIdGrain>(nameof(IExternalIdGrain.Unbind))),

        Get("/measurement/measurements", Measurements.ListAsync, Ask<IMeasurementsGrain>(nameof(IMeasurementsGrain.Find))),
        Post("/measurement/measurements", Measurements.AddAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.AddMeasurements)), Ask<IMeasurementsGrain>(nameof(IMeasurementsGrain.Add)))
            with { NamesTargetInBody = true },
        Delete("/measurement/measurements", Measurements.DeleteAllAsync, Ask<IMeasurementsGrain>(nameof(IMeasurementsGrain.DeleteAll))),
        Get("/measurement/measurements/series", MeasurementSeries.ReadAsync, Ask<IMeasurementsGrain>(nameof(IMeasurementsGrain.Series))),
        Get("/measurement/measurements/{id}", Measurements.ReadAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.ReadMeasurement))),
        Delete("/measurement/measurements/{id}", Measurements.DeleteAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.DeleteMeasurement))),

        Get("/event/events", Events.ListAsync, Ask<IEventsGrain>(nameof(IEventsGrain.Find))),
        Post("/event/events", Events.CreateAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.AddEvent))) with { NamesTargetInBody = true },
        Delete("/event/events", Events.DeleteAllAsync, Ask<IEventsGrain>(nameof(IEventsGrain.DeleteAll))),
        Get("/event/events/{id}", Events.ReadAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.ReadEvent))),
        Put("/event/events/{id}", Events.UpdateAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.UpdateEvent))),
        Delete("/event/events/{id}", Events.DeleteAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.DeleteEvent))),

        Get("/alarm/alarms", Alarms.ListAsync, Ask<IAlarmsGrain>(nameof(IAlarmsGrain.Find))),
        Post("/alarm/alarms", Alarms.CreateAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.RaiseAlarm))) with { NamesTargetInBody = true },
        Put("/alarm/alarms", Alarms.UpdateAllAsync, Ask<IAlarmsGrain>(nameof(IAlarmsGrain.UpdateAll))),
        Delete("/alarm/alarms", Alarms.DeleteAllAsync, Ask<IAlarmsGrain>(nameof(IAlarmsGrain.DeleteAll))),
        Get("/alarm/alarms/count", Alarms.CountAsync, Ask<IAlarmsGrain>(nameof(IAlarmsGrain.Count))),
        Get("/alarm/alarms/{id}", Alarms.ReadAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.ReadAlarm))),
        Put("/alarm/alarms/{id}", Alarms.UpdateAsync, Ask<IDeviceGrain>(nameof(IDeviceGrain.UpdateAlarm))),

        Get("/devicecontrol/operations", Operations.ListAsync, Ask<IOperationsGrain>(nameof(IOperationsGrain.Find))),
        Post("/devicecontrol/operations", Operations.CreateAsync, Ask<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Create))) with { NamesTargetInBody = true },
        Delete("/devicecontrol/operations", Operations.DeleteAllAsync, Ask<IOperationsGrain>(nameof(IOperationsGrain.DeleteAll))),
        Get("/devicecontrol/operations/{id}", Operations.ReadAsync, Ask<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Read))),
        Put("/devicecontrol/operations/{id}", Operations.UpdateAsync, Ask<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Update))),

        Get("/devicecontrol/newDeviceRequests", DeviceRequests.ListAsync, Ask<IDeviceRequestsGrain>(nameof(IDeviceRequestsGrain.Find))),
        Post("/devicecontrol/newDeviceRequests", DeviceRequests.ClaimAsync, Ask<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Claim))),
        Get("/devicecontrol/newDeviceRequests/{id}", DeviceRequests.ReadAsync, Ask<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Read))),
        Put("/devicecontrol/newDeviceRequests/{id}", DeviceRequests.AcceptAsync, Ask<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Accept))),
        Delete("/devicecontrol/newDeviceRequests/{id}", DeviceRequests.DeleteAsync, Ask<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Delete))),
        Post("/devicecontrol/deviceCredentials", DeviceRequests.PollAsync, Ask<IDeviceRequestGrain>(nameof(IDeviceRequestGrain.Poll))),

        Get("/retention/retentions", Retentions.ListAsync, Ask<IRetentionGrain>(nameof(IRetentionGrain.Rules))),
        Post("/retention/retentions", Retentions.CreateAsync, Ask<IRetentionGrain>(nameof(IRetentionGrain.Create))),
        Get("/retention/retentions/{id}", Retentions.ReadAsync, Ask<IRetentionGrain>(nameof(IRetentionGrain.Rules))),
        Put("/retention/retentions/{id}", Retentions.UpdateAsync, Ask<IRetentionGrain>(nameof(IRetentionGrain.Update))),
        Delete("/retention/retentions/{id}", Retentions.DeleteAsync, Ask<IRetentionGrain>(nameof(IRetentionGrain.Delete))),

        // A record can be neither changed nor taken away: there is no PUT and no DELETE, for anybody.
        Get("/audit/auditRecords", AuditRecords.ListAsync, Ask<IAuditLogGrain>(nameof(IAuditLogGrain.Find))),
        Post("/audit/auditRecords", AuditRecords.AppendAsync, Ask<IAuditLogGrain>(nameof(IAuditLogGrain.Append))),
        Get("/audit/auditRecords/{id}", AuditRecords.ReadAsync, Ask<IAuditLogGrain>(nameof(IAuditLogGrain.Read))),

        Get("/authorization/explain", Authorizations.ExplainAsync, Ask<IAuthorizationGrain>(nameof(IAuthorizationGrain.Explain))),
        Get("/authorization/users", Authorizations.WhoCanAsync, Ask<IAuthorizationGrain>(nameof(IAuthorizationGrain.WhoCan))),
        Get("/authorization/permissions", Authorizations.WhatCanAsync, Ask<IAuthorizationGrain>(nameof(IAuthorizationGrain.WhatCan))),
        Get("/authorization/managedObjects", Authorizations.WhereCanAsync, Ask<IAuthorizationGrain>(nameof(IAuthorizationGrain.WhereCan))),
        Get("/authorization/denials", Authorizations.DenialsAsync, Ask<IAuthorizationGrain>(nameof(IAuthorizationGrain.Denials))),
        Get("/authorization/denials/{id}", Authorizations.DenialAsync, Ask<IAuthorizationGrain>(nameof(IAuthorizationGrain.ReadDenial))),
    ];

    private static Route[] ChildRoutes(string name, ChildKind kind)
    {
        var collection = $"/inventory/managedObjects/{{id}}/{name}";
        return
        [
            Get(collection, x => Children.ListAsync(x, kind), Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Children))),
            Post(collection, x => Children.LinkAsync(x, kind), Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Link)),
                Ask<IInventoryGrain>(nameof(IInventoryGrain.Find)), Ask<IInventoryGrain>(nameof(IInventoryGrain.Create)), Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Delete))),
            Delete(collection, x => Children.UnlinkManyAsync(x, kind), Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Unlink))),
            Get($"{collection}/{{childId}}", x => Children.ReadAsync(x, kind), Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Child))),
            Delete($"{collection}/{{childId}}", x => Children.UnlinkAsync(x, kind), Ask<IManagedObjectGrain>(nameof(IManagedObjectGrain.Unlink))),
        ];
    }

    private static Route Get(string template, Endpoint endpoint, params MethodInfo[] asks) => new("GET", template, endpoint, asks);

    private static Route Post(string template, Endpoint endpoint, params MethodInfo[] asks) => new("POST", template, endpoint, asks);

    private static Route Put(string template, Endpoint endpoint, params MethodInfo[] asks) => new("PUT", template, endpoint, asks);

    private static Route Delete(string template, Endpoint endpoint, params MethodInfo[] asks) => new("DELETE", template, endpoint, asks);

    private static MethodInfo Ask<TGrain>(string method) where TGrain : IGrain =>
        typeof(TGrain).GetMethod(method) ?? throw new MissingMethodException(typeof(TGrain).Name, method);
}
