using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Tests.Access.Oracle;
using FsCheck;
using FsCheck.Fluent;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>What a list is narrowed by; each kind of list takes what it knows of this.</summary>
/// <param name="Type">Which type, counted round; null for any.</param>
/// <param name="Ids">A bit for each of the lower numbers of objects; 0 for all objects.</param>
/// <param name="Holds">Only parents that hold the question's object in this way.</param>
/// <param name="From">From which of the pieces of data on, counted round.</param>
/// <param name="Below">Also of what is below the question's object; null for lists of all objects.</param>
/// <param name="Severities">A bit for each; 0 for any.</param>
/// <param name="Statuses">Likewise.</param>
internal sealed record Narrowing(
    int? Type, string? Fragment, string? Owner, int Ids, ChildKind? Holds, bool OnlyRoots, string? Word, int? From, int? To, string? Series,
    (bool WithAssets, bool WithDevices)? Below, int Severities, int Statuses, bool IsTurned, Aggregation Aggregation)
{
    public static Gen<Narrowing> Any { get; } =
        from type in Perhaps(Gen.Choose(0, 99).Select(drawn => (int?)drawn), null)
        from fragment in Gen.Frequency((1, Gen.Elements<string?>([.. Models.FragmentNames, ManagedObject.GlobalFragment])), (2, Gen.Constant<string?>(null)))
        from owner in Perhaps(Gen.Elements<string?>([.. Models.Names, Realm.Bystander]), null)
        from ids in Perhaps(Gen.Choose(1, 255), 0)
        from holds in Perhaps(Gen.Elements<ChildKind?>(ChildKind.Device, ChildKind.Asset, ChildKind.Addition), null)
        from onlyRoots in Models.OneIn(5)
        from word in Perhaps(Gen.Elements<string?>(Marks.Words), null)
        from span in Span
        from series in Perhaps(Gen.Elements<string?>(Marks.Series, Marks.OtherSeries), null)
        from below in Reaching
        from severities in Perhaps(Gen.Choose(1, 15), 0)
        from statuses in Perhaps(Gen.Choose(1, 7), 0)
        from isTurned in Gen.Elements(true, false)
        from aggregation in Gen.Elements(Enum.GetValues<Aggregation>())
        select new Narrowing(type, fragment, owner, ids, holds, onlyRoots, word, span.From, span.To, series, below, severities, statuses, isTurned, aggregation);

    private static Gen<(int? From, int? To)> Span =>
        from first in Perhaps(Gen.Choose(0, 99).Select(drawn => (int?)drawn), null)
        from last in Perhaps(Gen.Choose(0, 99).Select(drawn => (int?)drawn), null)
        select (first, last);

    private static Gen<(bool, bool)?> Reaching =>
        from isOne in Gen.Elements(true, false, false)
        from assets in Gen.Elements(true, false)
        from devices in Gen.Elements(true, false)
        select isOne ? (assets, devices) : ((bool, bool)?)null;

    // With many at once hardly anything would be left to list.
    private static Gen<T> Perhaps<T>(Gen<T> some, T none) => Gen.Frequency((1, some), (4, Gen.Constant(none)));
}
