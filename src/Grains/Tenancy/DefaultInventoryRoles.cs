using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Tenancy;

namespace Bailiwick.Grains.Tenancy;

/// <summary>
/// The inventory roles that every tenant begins with, those included that were made before there were any. They are samples that a tenant may
/// edit. Ids are stored and referred to by clients.
/// </summary>
internal static class DefaultInventoryRoles
{
    private const string Restart = "c8y_Restart";

    public static IReadOnlyList<InventoryRole> All { get; } =
    [
        new(1, "Reader", "Sees the objects and all of their data", [new(1, Of(GrantScope.Any, GrantLevel.Read))]),
        new(2, "Manager", "Sees everything, changes the objects and their alarms",
        [
            new(2, Of(GrantScope.Any, GrantLevel.Read)),
            new(3, Of(GrantScope.ManagedObject, GrantLevel.Admin)),
            new(4, Of(GrantScope.Alarm, GrantLevel.Admin)),
        ]),
        new(3, "Operations: All", "Sees the objects, and sends them any operation",
        [
            new(5, Of(GrantScope.ManagedObject, GrantLevel.Read)),
            new(6, Of(GrantScope.Operation, GrantLevel.Read)),
            new(7, Of(GrantScope.Operation, GrantLevel.Admin)),
        ]),
        new(4, "Operations: Restart Device", "Sees the objects, and restarts them",
        [
            new(8, Of(GrantScope.ManagedObject, GrantLevel.Read)),
            new(9, Of(GrantScope.Operation, GrantLevel.Read, Restart)),
            new(10, Of(GrantScope.Operation, GrantLevel.Admin, Restart)),
        ]),
    ];

    private static Grant Of(GrantScope scope, GrantLevel level, string type = Grant.AnyType) => new(scope, level, type);
}
