using System.Globalization;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Bailiwick.Mutants;

/// <summary>
/// The assembly that mistakes are made in, from the files, references and options with which the product's own build compiles it; only what generators
/// add for calls between silos is left out, which is most of the work and which no test of a decision needs. Nothing in the repository is written to.
/// </summary>
internal sealed class Original
{
    private readonly CSharpCompilation _compilation;
    private readonly Dictionary<string, SyntaxTree> _trees;

    private Original(CSharpCompilation compilation, string folder)
    {
        _compilation = compilation;
        _trees = compilation.SyntaxTrees.ToDictionary(tree => Path.GetRelativePath(folder, tree.FilePath));
    }

    /// <param name="project">The project's file.</param>
    /// <param name="scratch">A folder for what the compiler leaves, emptied first.</param>
    public static Original Build(string project, string scratch)
    {
        if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
        var said = ChildProcess.Capture("dotnet", [
            "msbuild", project, "-t:Compile", "-p:Configuration=Release", "-p:BuildProjectReferences=false", $"-p:IntermediateOutputPath={scratch}/",
            "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-getItem:CscCommandLineArgs"]);
        using var items = JsonDocument.Parse(said);
        var folder = Path.GetDirectoryName(project)!;
        var options = CSharpCommandLineParser.Default.Parse(
            items.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!), folder, null);
        if (!options.Errors.IsEmpty) throw new InvalidOperationException($"The compiler's arguments cannot be read: {options.Errors[0].GetMessage(CultureInfo.InvariantCulture)}");
        var syntax = options.ParseOptions.WithDocumentationMode(DocumentationMode.None);
        return new(
            CSharpCompilation.Create(
                Path.GetFileNameWithoutExtension(options.OutputFileName),
                options.SourceFiles.Select(source => CSharpSyntaxTree.ParseText(File.ReadAllText(source.Path), syntax, source.Path)),
                options.MetadataReferences.Select(reference => MetadataReference.CreateFromFile(Path.Combine(folder, reference.Reference))),
                // A mistake that somebody was warned of is one all the same.
                options.CompilationOptions.WithGeneralDiagnosticOption(ReportDiagnostic.Suppress).WithSpecificDiagnosticOptions([])),
            folder);
    }

    public string AssemblyFile => _compilation.AssemblyName + ".dll";

    public IEnumerable<Mutant> Mutants(IEnumerable<string> files)
    {
        var enumerators = _compilation.SyntaxTrees.SelectMany(Mutator.Enumerators).GroupBy(one => one.Enum).ToDictionary(one => one.Key, one => one.First().Members);
        return files.SelectMany(file => Mutator.Of(file, _trees[file], enumerators));
    }

    /// <summary>The assembly as it is, or with one mistake in it; null when the compiler would have found the mistake.</summary>
    public byte[]? Compile(Mutant? mutant)
    {
        var compilation = _compilation;
        if (mutant is not null)
        {
            var tree = _trees[mutant.File];
            compilation = compilation.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(mutant.Apply(tree.ToString()), (CSharpParseOptions)tree.Options, tree.FilePath));
        }
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly);
        if (mutant is null && !emitted.Success) throw new InvalidOperationException($"What is built does not compile: {emitted.Diagnostics.First(one => one.Severity == DiagnosticSeverity.Error)}");
        return emitted.Success ? assembly.ToArray() : null;
    }
}
