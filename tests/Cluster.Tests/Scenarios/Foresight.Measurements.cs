using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

// Data that shows, whole or in part.
internal sealed partial class Foresight
{
    /// <summary>The fragments with which a piece of data shows; null where it does not.</summary>
    public string[]? Shown(Datum datum)
    {
        var door = Door(datum.Kind, "Read");
        if (Shows(door, datum.Object, datum.Fragments)) return datum.Fragments;
        if (datum.Kind != DataKind.Measurement || !realm.ShowsParts) return null;
        string[] part = [.. datum.Fragments.Where(fragment => Shows(door, datum.Object, [fragment]))];
        return part.Length > 0 ? part : null;
    }

    /// <summary>Whether there may be data of an object that shows.</summary>
    public bool Opens(DataKind kind, long number) =>
        realm.Find(number) is not null && Models.FragmentNames.Append(ManagedObject.GlobalFragment).Any(fragment => Shows(Door(kind, "Read"), number, [fragment]));

    public RefusalKind? OfSeries(long number) =>
        Enter(Door(DataKind.Measurement, "Read")) ?? (realm.Find(number) is null ? RefusalKind.NotFound : Opens(DataKind.Measurement, number) ? null : RefusalKind.Denied);
}
